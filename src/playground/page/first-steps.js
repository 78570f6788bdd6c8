// @ts-check
import { CommandType } from './discord-numbers.js';

/** @import { APIApplicationCommand } from 'discord-api-types/v10' */

/**
 * Lines to begin with, made of what this bot has registered.
 * @param {readonly APIApplicationCommand[]} commands
 * @returns {{ label: string, line: string }[]}
 */
export function suggestionsFor(commands) {
  return commands
    .filter(
      ({ type, options = [] }) =>
        type === CommandType.ChatInput && options.some(({ name, required }) => name === 'prompt' && required),
    )
    .slice(0, 1)
    .flatMap(({ name, options = [] }) => {
      const has = (/** @type {string} */ wanted) => options.some((option) => option.name === wanted);
      const aspect = has('aspect') ? ' aspect: 16:9' : '';
      const seed = has('seed') ? ' seed: 7' : '';
      const count = has('count') ? ' count: 4' : '';
      return [
        `/${name} prompt: a red fox${aspect}${seed}`,
        `/${name} prompt: a lighthouse at dusk${count}`,
        `/${name} prompt: a forest of glass, morning light${aspect}`,
      ].map((line) => ({ label: line, line }));
    });
}
