import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  ApplicationCommandOptionType,
} from 'discord-api-types/v10';
import { type ChosenCommand, isLocalFile } from './client-options.ts';
import type { CommandOptions } from './contract.ts';
import { resolveEntities } from './entities.ts';
import type { MemberUploads } from './member-uploads.ts';

/** `data` of a slash command or of its autocomplete (docs: Receiving and Responding, 2026-08). */
export function buildCommandData(
  command: APIApplicationCommand,
  { path, options }: ChosenCommand,
  given: CommandOptions,
  uploads: MemberUploads,
  focused?: string,
) {
  const filled = options
    .filter(({ name }) => given[name] !== undefined || name === focused)
    .map((option) => ({
      type: option.type,
      name: option.name,
      value: readValue(given[option.name] ?? '', uploads),
      ...(option.name === focused && { focused: true }),
    }));
  const { User, Channel, Mentionable } = ApplicationCommandOptionType;
  const named = filled.flatMap(({ type, value }) =>
    [User, Channel, Mentionable].includes(type) && typeof value === 'string' ? [value] : [],
  );
  const resolved = {
    ...resolveEntities(named),
    ...(uploads.ids.length > 0 && { attachments: uploads.resolved }),
  };
  const nested = path.reduceRight<unknown[]>((inner, { type, name }) => [{ type, name, options: inner }], filled);
  return {
    id: command.id,
    name: command.name,
    type: command.type,
    ...(command.guild_id !== undefined && { guild_id: command.guild_id }),
    options: nested,
    ...(Object.keys(resolved).length > 0 && { resolved }),
  };
}

function readValue(value: CommandOptions[string], uploads: MemberUploads): string | number | boolean {
  return isLocalFile(value) ? uploads.add(value) : value;
}

/** Autocomplete is only asked for an option that has it. */
export function hasAutocomplete(options: readonly APIApplicationCommandBasicOption[], name: string): boolean {
  return options.some((option) => option.name === name && 'autocomplete' in option && option.autocomplete === true);
}
