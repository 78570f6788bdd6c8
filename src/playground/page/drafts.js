// @ts-check
import { recall, remember } from './storage.js';

/** @import { Choice } from './option-value.js' */

/**
 * What stands in the message box. `picks`: what was picked of the bot's choices for the command of that label, by option.
 * @typedef {{ text: string, picks: { label: string, choices: Map<string, Choice> }, files: readonly File[] }} Draft
 */

/** What was typed in each channel and not sent. The text outlives a reload of this tab. */
export function createDrafts() {
  /** @type {Map<string, Draft>} */
  const drafts = new Map();
  const keyOf = (/** @type {string} */ channelId) => `draft ${channelId}`;
  return {
    /**
     * @param {string} channelId
     * @returns {Draft}
     */
    get(channelId) {
      const text = recall(keyOf(channelId), 'sessionStorage') ?? '';
      return drafts.get(channelId) ?? { text, picks: noPicks(''), files: [] };
    },
    /**
     * @param {string} channelId
     * @param {Draft} draft
     */
    keep(channelId, draft) {
      drafts.set(channelId, draft);
      remember(keyOf(channelId), draft.text, 'sessionStorage');
    },
  };
}

/**
 * @param {string} label The command's, with its subcommands
 * @returns {Draft['picks']}
 */
export function noPicks(label) {
  return { label, choices: new Map() };
}
