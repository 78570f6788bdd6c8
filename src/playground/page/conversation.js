// @ts-check
import { byId, h, setChildren } from './dom.js';
import { suggestionsFor } from './first-steps.js';
import { markFocus } from './focus.js';
import { reachMessages } from './message-reach.js';
import { isEphemeral, parentOf, viewMessage } from './message-view.js';
import { viewPendingRow } from './pending-row.js';
import { stickToEnd } from './stick-to-end.js';
import { dayName, isSameDay } from './time.js';
import { viewWelcome } from './welcome.js';

/** @import { APIMessage } from 'discord-api-types/v10' */
/** @import { PendingRow } from './pending-row.js' */
/** @import { Session } from './session.js' */

/**
 * What the conversation asks of the page around it.
 * @typedef {object} Outlets
 * @property {(interactionId: string) => string | undefined} commandOf
 * @property {(message: APIMessage, customId: string) => Promise<string | undefined>} press Resolves to what went wrong
 * @property {(message: APIMessage, customId: string, values: string[]) => Promise<string | undefined>} select
 * @property {(message: APIMessage) => Promise<string | undefined>} dismiss
 * @property {(message: APIMessage, where: { x: number, y: number }) => void} menu
 * @property {() => void} earlier
 * @property {(messageId: string) => void} reach Loads earlier messages up to that one, and jumps there
 * @property {(line: string) => void} suggest
 */

const GROUP_MS = 7 * 60_000;

/**
 * @param {Session} session
 * @param {Outlets} outlets
 */
export function createConversation(session, outlets) {
  const scroller = byId('scroller', HTMLElement);
  const log = byId('log', HTMLDivElement);
  const end = stickToEnd(scroller, log, {
    jumpToEnd: byId('jump-to-end', HTMLButtonElement),
    news: byId('news', HTMLParagraphElement),
  });
  // What scrolls must be within the reach of the keyboard.
  scroller.tabIndex = 0;
  reachMessages(scroller, (id, point) => {
    const message = messages.get(id);
    if (message !== undefined) outlets.menu(message, point);
  });

  /** @type {Map<string, APIMessage>} Oldest first. */
  let messages = new Map();
  /** @type {Map<string, HTMLElement>} */
  let articles = new Map();
  /** The line above a message that begins a day. @type {Map<string, HTMLElement>} */
  let days = new Map();
  /** What stands above the messages. @type {HTMLElement | undefined} */
  let beginning;
  /** Members, messages and custom IDs whose press is on its way. */
  const busy = new Set();
  /** What stands under a message whose press by a member came to nothing. @type {Map<string, string>} */
  const failures = new Map();
  /** Each with the place it belongs to. @type {Map<PendingRow, string>} */
  const pending = new Map();
  /** Interactions this page began, whose answer is still to come. @type {Set<string>} */
  const awaited = new Set();
  /** The bot may still edit them. */
  const dismissed = new Set();
  let more = false;

  /**
   * @param {APIMessage} message
   * @param {APIMessage | undefined} before
   */
  function build(message, before) {
    const { id } = message;
    const whose = () => `${session.where().memberId} ${id}`;
    return viewMessage(
      message,
      {
        message,
        names: session.names,
        ...session.choices(),
        isBusy: (customId) => busy.has(`${whose()} ${customId}`),
        press: (customId) => touch(id, customId, () => outlets.press(message, customId)),
        select: (customId, values) => touch(id, customId, () => outlets.select(message, customId, values)),
      },
      {
        compact: before !== undefined && continues(before, message),
        failure: failures.get(whose()),
        find: (other) => messages.get(other),
        position: positionOf,
        commandOf: outlets.commandOf,
        jump,
        async dismiss() {
          dismissed.add(id);
          if ((await outlets.dismiss(message)) !== undefined) dismissed.delete(id);
        },
        menu(button) {
          const { left, bottom } = button.getBoundingClientRect();
          outlets.menu(messages.get(id) ?? message, { x: left, y: bottom });
        },
      },
    );
  }

  /** @param {string} userId */
  function positionOf(userId) {
    return session.current().members.findIndex(({ id }) => id === userId);
  }

  /**
   * @param {string} id
   * @param {string} customId
   * @param {() => Promise<string | undefined>} doIt
   */
  async function touch(id, customId, doIt) {
    const whose = `${session.where().memberId} ${id}`;
    busy.add(`${whose} ${customId}`);
    failures.delete(whose);
    rebuild(id);
    const failure = await doIt();
    busy.delete(`${whose} ${customId}`);
    if (failure !== undefined) failures.set(whose, failure);
    rebuild(id);
  }

  /** @param {string} id */
  function rebuild(id) {
    const message = messages.get(id);
    const old = articles.get(id);
    if (message === undefined || old === undefined) return;
    const all = [...messages.values()];
    const fresh = renew(message, all[all.indexOf(message) - 1]);
    if (fresh === old) return;
    const restoreFocus = markFocus();
    old.replaceWith(fresh);
    restoreFocus();
  }

  /**
   * The message's article, a new one only where it looks different.
   * @param {APIMessage} message
   * @param {APIMessage | undefined} before
   */
  function renew(message, before) {
    const old = articles.get(message.id);
    const fresh = build(message, before);
    if (old?.isEqualNode(fresh)) return old;
    if (old !== undefined) keepPictures(old, fresh);
    articles.set(message.id, fresh);
    return fresh;
  }

  /** Draws everything anew, as anything may have changed. */
  function draw() {
    const known = articles;
    articles = new Map();
    /** @type {APIMessage | undefined} */
    let before;
    for (const message of messages.values()) {
      const old = known.get(message.id);
      if (old !== undefined) articles.set(message.id, old);
      renew(message, before);
      before = message;
    }
    const above = more
      ? h('button', { class: 'button secondary earlier', onclick: outlets.earlier }, 'Show earlier messages')
      : viewWelcome(session.channel, suggestionsFor(session.current().commands), outlets.suggest);
    if (!beginning?.isEqualNode(above)) beginning = above;

    const restoreFocus = markFocus();
    // What was said before is not news. Removed later, for the browser to have noticed.
    log.setAttribute('aria-busy', 'true');
    layOut();
    restoreFocus();
    setTimeout(() => log.removeAttribute('aria-busy'));
  }

  /** Puts the rows in their order. */
  function layOut() {
    const known = days;
    days = new Map();
    /** @type {HTMLElement[]} */
    const rows = beginning === undefined ? [] : [beginning];
    /** @type {APIMessage | undefined} */
    let before;
    for (const message of messages.values()) {
      const day = dayBetween(before, message, known.get(message.id));
      const article = articles.get(message.id);
      if (day !== undefined) {
        days.set(message.id, day);
        rows.push(day);
      }
      if (article !== undefined) rows.push(article);
      before = message;
    }
    for (const [{ element }, place] of pending) if (place === session.place) rows.push(element);
    setChildren(log, rows);
  }

  /** @param {string} id */
  function jump(id) {
    const article = articles.get(id);
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (article === undefined) outlets.reach(id);
    else lead(article, still ? 'instant' : 'smooth');
  }

  /**
   * @param {HTMLElement} article
   * @param {ScrollBehavior} behavior
   */
  function lead(article, behavior) {
    article.scrollIntoView({ block: 'center', behavior });
    article.focus({ preventScroll: true });
    article.classList.add('flash');
    article.addEventListener('animationend', () => article.classList.remove('flash'), { once: true });
  }

  /** @param {APIMessage} message One that came at the end */
  function arrive(message) {
    // What is said to the reader alone answers something of theirs.
    const isAnswer = awaited.delete(message.interaction_metadata?.id ?? '') || isEphemeral(message);
    if (isAnswer) end.toEnd();
    else end.came(message.id);
  }

  return {
    /**
     * @param {readonly APIMessage[]} all
     * @param {{ more: boolean, anew: boolean }} how `anew`: another channel or member, so the view begins at its end
     */
    show(all, { more: hasMore, anew }) {
      const last = [...messages.keys()].at(-1);
      messages = new Map(all.map((message) => [message.id, message]));
      more = hasMore;
      end.keepPlace(draw);
      if (anew) end.toEnd();
      else for (const message of all) if (last !== undefined && BigInt(message.id) > BigInt(last)) arrive(message);
    },

    /** Draws the same messages again: what there is to suggest has changed. */
    redraw: () => end.keepPlace(draw),

    /** @param {APIMessage} message New or edited */
    put(message) {
      if (dismissed.has(message.id)) return;
      const last = [...messages.values()].at(-1);
      if (messages.has(message.id)) {
        messages.set(message.id, message);
        rebuild(message.id);
        return;
      }
      // An edit of one older than those shown.
      if (last !== undefined && BigInt(message.id) < BigInt(last.id)) return;
      messages.set(message.id, message);
      renew(message, last);
      layOut();
      arrive(message);
    },

    /** @param {string} id */
    drop(id) {
      for (const message of messages.values()) {
        if (parentOf(message) !== id) continue;
        messages.set(message.id, { ...message, referenced_message: null });
      }
      const old = articles.get(id);
      const hadFocus = old?.contains(document.activeElement);
      const order = [...messages.keys()];
      const at = order.indexOf(id);
      messages.delete(id);
      articles.delete(id);
      for (const message of [...messages.values()]) if (parentOf(message) === id) rebuild(message.id);
      // It may have followed the one that is gone.
      const next = order[at + 1] ?? '';
      if (at !== -1) rebuild(next);
      end.keepPlace(layOut);
      end.went(id);
      if (hadFocus)
        (articles.get(next) ?? articles.get(order[at - 1] ?? '') ?? scroller).focus({ preventScroll: true });
    },

    /** How many messages are shown. */
    get size() {
      return messages.size;
    },
    /**
     * Shows a message that was just loaded. At once: the view, which grew, would take a slow departure for its end.
     * @param {string} id
     * @returns Whether it is there
     */
    land(id) {
      const article = articles.get(id);
      if (article !== undefined) lead(article, 'instant');
      return article !== undefined;
    },

    /**
     * Shows the new message that answers an interaction this page began, wherever the reader is: at once, or when it comes.
     * @param {string} interactionId
     */
    bringIntoView(interactionId) {
      const isHere = [...messages.values()].some((message) => message.interaction_metadata?.id === interactionId);
      if (isHere) end.toEnd();
      else awaited.add(interactionId);
    },

    /**
     * A row for a command that was just sent.
     * @param {string} command
     */
    addPending(command) {
      const { me } = session;
      const row = viewPendingRow({
        member: me,
        position: positionOf(me.id),
        command,
        applicationName: session.current().application.name,
        onremove: () => pending.delete(row),
      });
      pending.set(row, session.place);
      layOut();
      end.toEnd();
      return row;
    },
  };
}

/**
 * @param {APIMessage} before
 * @param {APIMessage} message
 */
function continues(before, message) {
  return (
    before.author.id === message.author.id &&
    message.message_reference === undefined &&
    message.interaction_metadata === undefined &&
    !isEphemeral(before) &&
    isSameDay(new Date(before.timestamp), new Date(message.timestamp)) &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < GROUP_MS
  );
}

/**
 * The line that names the day, where a new one begins; the one that is there already, if it still says so.
 * @param {APIMessage | undefined} before
 * @param {APIMessage} message
 * @param {HTMLElement | undefined} known
 */
function dayBetween(before, message, known) {
  const day = new Date(message.timestamp);
  if (before !== undefined && isSameDay(new Date(before.timestamp), day)) return undefined;
  const fresh = h('div', { class: 'day', role: 'separator', 'aria-label': dayName(day) }, h('span', {}, dayName(day)));
  return known?.isEqualNode(fresh) ? known : fresh;
}

/**
 * Moves pictures already loaded over, so that they do not blink.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 */
function keepPictures(from, to) {
  const selector = 'a.picture > img';
  const loaded = new Map([...from.querySelectorAll(selector)].map((image) => [image.getAttribute('src'), image]));
  for (const image of to.querySelectorAll(selector)) {
    const old = loaded.get(image.getAttribute('src'));
    if (old instanceof HTMLImageElement && image instanceof HTMLImageElement) {
      old.alt = image.alt;
      image.replaceWith(old);
    }
  }
}
