// @ts-check
import { createBotChoices } from './bot-choices.js';
import { findCaretLine } from './caret-line.js';
import { listEntries, optionAt, parseLine } from './command-line.js';
import { byId } from './dom.js';
import { createDrafts, noPicks } from './drafts.js';
import { viewMirror, viewSignature } from './line-view.js';
import { assignFiles, checkLine, valuesSoFar } from './option-value.js';
import { createSuggestionList } from './suggestion-list.js';
import { isAcceptable, suggest } from './suggestions.js';
import { createTray } from './tray.js';

/** @import { APIApplicationCommand, APIApplicationCommandOptionChoice } from 'discord-api-types/v10' */
/** @import { Entry, Line } from './command-line.js' */
/** @import { Draft } from './drafts.js' */
/** @import { Named } from './option-value.js' */
/** @import { Suggestion } from './suggestions.js' */

/** @typedef {Record<string, string | number | boolean | File>} TypedValues */

/**
 * What the message box asks of the page around it. What comes back is what the member is told when nothing was sent.
 * @typedef {object} Outlets
 * @property {(content: string, files: readonly File[]) => Promise<string | undefined>} post
 * @property {(entry: Entry, options: TypedValues) => Promise<string | undefined>} run
 * @property {(entry: Entry, options: Record<string, string | number | boolean>, focused: string) => Promise<readonly APIApplicationCommandOptionChoice[]>} complete
 */

const MOST_CHARACTERS = 2000;
const HIGHEST_PX = 320;

/** @param {Outlets} outlets */
export function createComposer(outlets) {
  const input = byId('message', HTMLTextAreaElement);
  const mirror = byId('mirror', HTMLDivElement);
  const problem = byId('problem', HTMLParagraphElement);
  const list = createSuggestionList(input, pick);
  const bot = createBotChoices(
    ({ entry, typed }, active) => outlets.complete(entry, valuesSoFar(typed, active, around()), active.option.name),
    update,
  );
  const tray = createTray({
    refuse,
    onchange() {
      update();
      input.focus();
    },
  });

  /** @type {readonly Entry[]} */
  let entries = [];
  /** @type {{ members: readonly Named[], channels: readonly Named[] }} */
  let people = { members: [], channels: [] };
  const drafts = createDrafts();
  /** The channel the box is in; empty before that is known. */
  let channel = '';
  let picks = noPicks('');
  /** Until the commands are known nothing can be sent; Enter waits for them. */
  let ready = false;
  let entered = false;
  let closed = false;
  let lastSent = drafts.get('');

  const around = () => ({ ...people, files: tray.files, answers: bot.choices, picked: picks.choices });
  const readLine = () => parseLine(input.value, entries);
  const readDraft = () => ({ text: input.value, picks, files: tray.files });

  function update() {
    const line = readLine();
    const label = line.kind === 'command' ? line.entry.label : '';
    if (label !== picks.label) picks = noPicks(label);
    if (channel !== '') drafts.keep(channel, readDraft());
    const active = optionAt(line, input.selectionStart);
    const assigned = line.kind === 'command' ? assignFiles(line.entry, line.typed, tray.files).assigned : new Map();
    input.style.height = 'auto';
    input.style.height = `${Math.min(HIGHEST_PX, input.scrollHeight)}px`;
    mirror.replaceChildren(...viewMirror(input.value, line, (typed) => isAcceptable(typed, around())));
    mirror.scrollTop = input.scrollTop;
    tray.show(assigned);
    bot.ask(line, active);
    if (closed || line.kind === 'text') {
      list.hide();
    } else {
      const header = line.kind === 'command' ? viewSignature(line, active, assigned) : undefined;
      list.show(suggest(input.value, input.selectionStart, line, entries, around()), header);
    }
  }

  /** @param {Suggestion | undefined} suggestion */
  function pick(suggestion) {
    if (suggestion?.picks !== undefined) picks.choices.set(suggestion.picks.option, suggestion.picks.choice);
    if (suggestion?.text !== undefined) setText(suggestion.text, suggestion.caret);
    if (suggestion?.file) tray.choose();
  }

  /**
   * @param {string} text
   * @param {number} [caret]
   */
  function setText(text, caret = text.length) {
    input.value = text;
    input.setSelectionRange(caret, caret);
    closed = false;
    input.focus();
    update();
  }

  /** @param {string} reason Empty takes the last one away */
  function refuse(reason) {
    // Cleared first, so that the same words are announced again.
    problem.textContent = '';
    problem.textContent = reason;
  }

  function enter() {
    if (!ready) {
      entered = true;
      return;
    }
    refuse('');
    const line = readLine();
    const active = optionAt(line, input.selectionStart);
    const half = active !== undefined && active.value !== '' && !isAcceptable(active, around());
    if (list.chosen !== undefined) pick(list.chosen);
    else if (line.kind === 'text') sendText();
    else if (line.kind === 'name') enterName(line.query.trim());
    else if (half && list.kind === 'values' && list.first?.text !== undefined) pick(list.first);
    else sendCommand(line);
  }

  /** @param {string} query */
  function enterName(query) {
    const exact = entries.find(({ label }) => label === query.toLowerCase());
    if (exact !== undefined && !exact.options.some(({ required }) => required)) {
      sendCommand({ entry: exact, typed: [], stray: '' });
    } else if (list.first !== undefined) {
      pick(list.first);
    } else {
      refuse(query === '' ? 'This bot has no commands yet.' : `There is no command /${query.split(/\s/)[0]} here.`);
    }
  }

  /** @param {Pick<Line & { kind: 'command' }, 'entry' | 'typed' | 'stray'>} line */
  function sendCommand({ entry, typed, stray }) {
    if (stray !== '') {
      const [first] = entry.options;
      const hint =
        first === undefined ? `/${entry.label} takes none.` : `Begin with the name of one, such as ${first.name}:`;
      refuse(`“${stray}” belongs to no option. ${hint}`);
      return;
    }
    const checked = checkLine(entry, typed, around());
    if ('problem' in checked) {
      refuse(checked.problem);
      const faulty = typed.find(({ option }) => option.name === checked.option);
      if (faulty !== undefined) input.setSelectionRange(faulty.start + checked.from, faulty.end);
      return;
    }
    send(() => outlets.run(entry, checked.options));
  }

  function sendText() {
    const content = input.value.trim();
    const { files } = tray;
    if (content === '' && files.length === 0) return;
    const { length } = [...content];
    if (length > MOST_CHARACTERS) {
      refuse(`That message is ${length} characters long; the limit is ${MOST_CHARACTERS}.`);
      return;
    }
    send(() => outlets.post(content, files));
  }

  /**
   * Empties the box at once; what was not sent comes back to its channel, unless something new stands there by then.
   * @param {() => Promise<string | undefined>} doIt
   */
  async function send(doIt) {
    const from = channel;
    lastSent = readDraft();
    const kept = lastSent;
    fill({ text: '', picks, files: [] });
    const refusal = await doIt();
    if (refusal === undefined) return;
    const { text, files } = drafts.get(from);
    if (text === '' && files.length === 0) {
      if (channel === from) fill(kept);
      else drafts.keep(from, kept);
    }
    refuse(refusal);
  }

  /** @param {Draft} draft */
  function fill(draft) {
    picks = draft.picks;
    input.value = draft.text;
    tray.files = draft.files;
    setText(draft.text);
  }

  /** @param {string} id */
  function enterChannel(id) {
    // What was typed before the page knew where it is belongs here.
    const early = channel === '' && input.value !== '';
    channel = id;
    if (!early) fill(drafts.get(id));
  }

  /**
   * Whether an arrow key moves along the list: in a text of several lines only where the caret can go no further.
   * @param {1 | -1} step
   */
  function movesList(step) {
    if (!list.open) return false;
    if (list.chosen !== undefined) return true;
    const { selectionStart, selectionEnd, value } = input;
    return step === 1
      ? findCaretLine(mirror, value, selectionEnd).last
      : findCaretLine(mirror, value, selectionStart).first;
  }

  input.addEventListener('input', () => {
    refuse('');
    closed = false;
    list.unchoose();
    update();
  });
  input.addEventListener('scroll', () => {
    mirror.scrollTop = input.scrollTop;
  });
  document.addEventListener('selectionchange', () => {
    if (document.activeElement === input && input.value.startsWith('/')) update();
  });

  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      enter();
    } else if (event.key === 'Tab' && !event.shiftKey && list.open) {
      pick(list.chosen ?? list.first);
    } else if (event.key === 'Escape' && list.open) {
      closed = true;
      list.hide();
    } else if (event.key === 'ArrowDown' && movesList(1)) {
      list.move(1);
    } else if (event.key === 'ArrowUp' && movesList(-1)) {
      list.move(-1);
    } else if (event.key === 'ArrowUp' && input.value === '' && lastSent.text !== '') {
      fill({ ...lastSent, files: tray.files.length === 0 ? lastSent.files : tray.files });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  // As in Discord, typing anywhere types into the box.
  document.addEventListener('keydown', (event) => {
    const elsewhere = document.activeElement?.closest('input, textarea, dialog, [role=menu]');
    const printable = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (printable && !elsewhere && !event.defaultPrevented) input.focus();
  });

  return {
    /**
     * @param {readonly APIApplicationCommand[]} commands
     * @param {{ channelId: string, members: readonly Named[], channels: readonly Named[], fileBytes: number, requestBytes: number, placeholder: string }} here
     */
    setPlace(commands, { channelId, members, channels, fileBytes, requestBytes, placeholder }) {
      entries = listEntries(commands);
      people = { members, channels };
      tray.setLimits({ fileBytes, requestBytes });
      input.placeholder = placeholder;
      ready = true;
      if (channelId === channel) update();
      else enterChannel(channelId);
      if (entered) enter();
      entered = false;
    },
    /**
     * Puts a line in the place of what stands in the box, as if it were typed: the browser can undo that.
     * @param {string} line
     */
    suggest(line) {
      input.focus();
      input.select();
      document.execCommand('insertText', false, line);
    },
    focus: () => input.focus(),
    refuse,
    /**
     * Takes one of these reasons away, where it still stands.
     * @param {readonly string[]} reasons
     */
    takeBack(reasons) {
      if (reasons.includes(problem.textContent)) refuse('');
    },
  };
}
