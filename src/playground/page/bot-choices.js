// @ts-check
/** @import { APIApplicationCommandOptionChoice } from 'discord-api-types/v10' */
/** @import { Line, TypedOption } from './command-line.js' */

const ASK_AFTER_MS = 150;

/**
 * The bot's own choices for the option that is being typed, where it offers any.
 * @param {(line: Line & { kind: 'command' }, active: TypedOption) => Promise<readonly APIApplicationCommandOptionChoice[]>} complete
 * @param {() => void} onchoices
 */
export function createBotChoices(complete, onchoices) {
  /** What the member is typing now; an answer to anything else comes too late. */
  let asked = '';
  /** @type {readonly APIApplicationCommandOptionChoice[]} */
  let choices = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  return {
    /** For the option that was last asked about; none while the answer is on its way. */
    get choices() {
      return choices;
    },
    /**
     * Asks once the typing pauses, and not twice for the same.
     * @param {Line} line
     * @param {TypedOption | undefined} active
     */
    ask(line, active) {
      const completes = line.kind === 'command' && active !== undefined && hasAutocomplete(active);
      const question = completes ? `${line.entry.label} ${active.option.name} ${active.value}` : '';
      if (question === asked) return;
      asked = question;
      choices = [];
      clearTimeout(waiting);
      if (!completes) return;
      waiting = setTimeout(async () => {
        const answer = await complete(line, active);
        if (asked !== question) return;
        choices = answer;
        onchoices();
      }, ASK_AFTER_MS);
    },
  };
}

/** @param {TypedOption} typed */
function hasAutocomplete({ option }) {
  return 'autocomplete' in option && option.autocomplete === true;
}
