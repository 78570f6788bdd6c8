import {
  type APIApplicationCommand,
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ChannelType,
  InteractionContextType,
} from 'discord-api-types/v10';
import { ClientRefusal, type CommandOptions, type LocalChannel, type LocalFile } from './contract.ts';
import { countCharacters } from './parse.ts';
import { memberPermissions } from './world.ts';

/** A command as the member typed it: its subcommands by name, and the options of the innermost. */
export interface ChosenCommand {
  path: readonly {
    type: ApplicationCommandOptionType.Subcommand | ApplicationCommandOptionType.SubcommandGroup;
    name: string;
  }[];
  options: readonly APIApplicationCommandBasicOption[];
}

/** Follows `settings budget` from the command `settings` down; throws a `ClientRefusal` for a name that leads nowhere. */
export function chooseSubcommand(command: APIApplicationCommand, names: readonly string[]): ChosenCommand {
  const path: ChosenCommand['path'][number][] = [];
  let options: readonly APIApplicationCommandOption[] = command.options ?? [];
  for (const name of names) {
    const next = options.find((option) => option.name === name);
    if (
      next?.type !== ApplicationCommandOptionType.Subcommand &&
      next?.type !== ApplicationCommandOptionType.SubcommandGroup
    ) {
      throw new ClientRefusal(`/${command.name} has no subcommand “${name}”.`);
    }
    path.push({ type: next.type, name });
    options = next.options ?? [];
  }
  const basic = options.filter(isBasic);
  if (basic.length < options.length) throw new ClientRefusal(`Pick a subcommand of /${command.name}.`);
  return { path, options: basic };
}

function isBasic(option: APIApplicationCommandOption): option is APIApplicationCommandBasicOption {
  return (
    option.type !== ApplicationCommandOptionType.Subcommand &&
    option.type !== ApplicationCommandOptionType.SubcommandGroup
  );
}

/** Why the client does not list the command here; `undefined` when it does. */
export function findUnavailable(
  command: APIApplicationCommand,
  channel: LocalChannel,
  userId: string,
  isAgeRestricted: boolean,
): string | undefined {
  const isDm = channel.type === ChannelType.DM;
  const context = isDm ? InteractionContextType.BotDM : InteractionContextType.Guild;
  const name = command.type === ApplicationCommandType.ChatInput ? `/${command.name}` : `“${command.name}”`;
  if (command.contexts ? !command.contexts.includes(context) : isDm && command.dm_permission === false) {
    return `${name} cannot be used ${isDm ? 'in direct messages' : 'in servers'}.`;
  }
  const needed = BigInt(command.default_member_permissions ?? '0');
  const adminsOnly = command.default_member_permissions === '0';
  if (!isDm && (adminsOnly || (memberPermissions(userId) & needed) !== needed)) {
    return `You do not have permission to use ${name}.`;
  }
  return command.nsfw && !isDm && !isAgeRestricted ? `${name} can only be used in age-restricted channels.` : undefined;
}

/** Throws a `ClientRefusal` for what Discord's client marks red before it sends anything. */
export function checkOptions(
  declared: readonly APIApplicationCommandBasicOption[],
  given: CommandOptions,
  mostFileBytes: number,
): void {
  for (const name of Object.keys(given)) {
    if (!declared.some((option) => option.name === name))
      throw new ClientRefusal(`There is no option “${name}”.`, name);
  }
  for (const option of declared) {
    const value = given[option.name];
    if (value === undefined) {
      if (option.required) throw new ClientRefusal(`“${option.name}” is required.`, option.name);
    } else {
      const problem = findProblem(option, value, mostFileBytes);
      if (problem !== undefined) throw new ClientRefusal(`“${option.name}” ${problem}.`, option.name);
    }
  }
}

type Value = CommandOptions[string];

function findProblem(
  option: APIApplicationCommandBasicOption,
  value: Value,
  mostFileBytes: number,
): string | undefined {
  switch (option.type) {
    case ApplicationCommandOptionType.String:
      if (typeof value !== 'string') return 'must be a text';
      return findUnlisted(option.choices, value) ?? findBadLength(option.min_length, option.max_length, value);
    case ApplicationCommandOptionType.Integer:
    case ApplicationCommandOptionType.Number:
      if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
      if (option.type === ApplicationCommandOptionType.Integer && !Number.isSafeInteger(value))
        return 'must be a whole number';
      if (option.min_value !== undefined && value < option.min_value) return `must be at least ${option.min_value}`;
      if (option.max_value !== undefined && value > option.max_value) return `must be at most ${option.max_value}`;
      return findUnlisted(option.choices, value);
    case ApplicationCommandOptionType.Boolean:
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case ApplicationCommandOptionType.Attachment:
      return isLocalFile(value) ? findBadFile(value, fileTypesOf(option), mostFileBytes) : 'must be a file';
    default:
      return typeof value === 'string' && /^\d+$/.test(value) ? undefined : 'must be an id';
  }
}

function findUnlisted(
  choices: readonly { value: string | number }[] | undefined,
  value: string | number,
): string | undefined {
  return !choices?.length || choices.some((choice) => choice.value === value)
    ? undefined
    : 'must be one of the choices';
}

function findBadLength(least: number | undefined, most: number | undefined, value: string): string | undefined {
  const length = countCharacters(value);
  if (length < Math.max(1, least ?? 0)) return `must have at least ${Math.max(1, least ?? 0)} characters`;
  if (length > (most ?? 6000)) return `must have at most ${most ?? 6000} characters`;
  return undefined;
}

/** Newer than the types: file name endings, or `image`, `video`, `audio`. */
function fileTypesOf(option: APIApplicationCommandBasicOption): readonly string[] {
  return 'file_types' in option && Array.isArray(option.file_types) ? option.file_types : [];
}

const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  image: /\.(png|jpe?g|webp|gif|avif|bmp|heic)$/i,
  video: /\.(mp4|webm|mov)$/i,
  audio: /\.(mp3|ogg|wav|flac|m4a)$/i,
};

/** Only the name is looked at, as Discord does (docs: Application Commands, 2026-08). */
export function findBadFile(
  { name, file }: LocalFile,
  types: readonly string[],
  mostBytes: number,
): string | undefined {
  if (file.byteLength > mostBytes) return `must be at most ${Math.floor(mostBytes / 1024 / 1024)} MB`;
  const fits =
    types.length === 0 ||
    types.some((type) => EXTENSIONS[type]?.test(name) ?? name.toLowerCase().endsWith(type.toLowerCase()));
  return fits ? undefined : `must be a file of the kind ${types.join(', ')}`;
}

export function isLocalFile(value: unknown): value is LocalFile {
  return typeof value === 'object' && value !== null && 'file' in value && 'name' in value;
}
