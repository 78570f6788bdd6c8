import { isDeepStrictEqual } from 'node:util';
import { type APIApplicationCommand, ApplicationCommandType, ApplicationIntegrationType } from 'discord-api-types/v10';
import { z } from 'zod';
import type { Events } from '../events.ts';
import { parseBody } from '../parse.ts';
import type { StoredCommand } from '../records.ts';
import { refuse, refuseBody } from '../refusal.ts';
import type { Answer, ApiRequest, Route } from '../router.ts';
import { type CommandBody, commandBody } from '../rules/command.ts';
import type { State } from '../state.ts';
import { WORLD } from '../world.ts';

// docs: Application Commands, Registering a Command and Command limits (2026-08).
const MOST_COMMANDS: Readonly<Record<number, number>> = {
  [ApplicationCommandType.ChatInput]: 100,
  [ApplicationCommandType.User]: 15,
  [ApplicationCommandType.Message]: 15,
};
const MOST_CREATES_A_DAY = 200;
const DAY_MS = 86_400_000;

export const GLOBAL = 'global';

interface CommandRoutesOptions {
  state: State;
  events: Events;
  nextId: () => string;
  now: () => number;
}

/** Registering commands, globally and for the guild. */
export function commandRoutes({ state, events, nextId, now }: CommandRoutesOptions): Route[] {
  const creates: number[] = [];

  function findByName(scope: string, { type, name }: Pick<CommandBody, 'type' | 'name'>): StoredCommand | undefined {
    return state.commandsOf(scope).find(({ command }) => command.type === type && command.name === name);
  }

  function countCreate(): void {
    while (creates[0] !== undefined && now() - creates[0] > DAY_MS) creates.shift();
    if (creates.length >= MOST_CREATES_A_DAY) throw refuse('mostCommandsToday');
    creates.push(now());
  }

  function build(scope: string, body: CommandBody, existing: APIApplicationCommand | undefined): APIApplicationCommand {
    const {
      type,
      name,
      description,
      nsfw,
      contexts,
      integration_types,
      default_member_permissions,
      dm_permission,
      options,
    } = body;
    const command: APIApplicationCommand = {
      id: existing?.id ?? nextId(),
      application_id: WORLD.bot.id,
      version: existing?.version ?? '0',
      type,
      name,
      name_localizations: body.name_localizations ?? null,
      description: description ?? '',
      description_localizations: body.description_localizations ?? null,
      default_member_permissions: default_member_permissions ?? null,
      nsfw: nsfw ?? false,
      ...(scope === GLOBAL
        ? {
            contexts: contexts ?? null,
            integration_types: integration_types ?? [ApplicationIntegrationType.GuildInstall],
            dm_permission: dm_permission ?? true,
          }
        : { guild_id: scope }),
      ...(options && options.length > 0 && { options: tidy(options) }),
    };
    return existing && isDeepStrictEqual(command, existing) ? existing : { ...command, version: nextId() };
  }

  function save(scope: string, command: APIApplicationCommand): void {
    state.saveCommand({ scope, command });
  }

  function findById({ param }: ApiRequest, scope: string): StoredCommand {
    const stored = state.commandsOf(scope).find(({ command }) => command.id === param('command_id'));
    if (!stored) throw refuse('unknownCommand');
    return stored;
  }

  function list({ query }: ApiRequest, scope: string): Answer {
    const full = query.get('with_localizations') === 'true';
    return {
      status: 200,
      body: state.commandsOf(scope).map(({ command }) => (full ? command : withoutLocalizations(command))),
    };
  }

  function create({ body }: ApiRequest, scope: string): Answer {
    const wanted = parseBody(commandBody, body);
    const existing = findByName(scope, wanted);
    if (!existing) {
      checkCount([...state.commandsOf(scope).map(({ command }) => command), wanted]);
      countCreate();
    }
    const command = build(scope, wanted, existing?.command);
    save(scope, command);
    events.emit({ type: 'commands-changed' });
    return { status: existing ? 200 : 201, body: command };
  }

  function replaceAll({ body }: ApiRequest, scope: string): Answer {
    const wanted = parseBody(z.array(commandBody), body ?? []);
    checkCount(wanted);
    checkNames(wanted);
    const before = state.commandsOf(scope);
    const commands = wanted.map((command) => {
      const existing = findByName(scope, command);
      if (!existing) countCreate();
      return build(scope, command, existing?.command);
    });
    for (const stored of before) state.removeCommand(stored);
    for (const command of commands) save(scope, command);
    events.emit({ type: 'commands-changed' });
    return { status: 200, body: commands };
  }

  function update(request: ApiRequest, scope: string): Answer {
    const { command: existing } = findById(request, scope);
    const changes = parseBody(z.record(z.string(), z.unknown()), request.body);
    const wanted = parseBody(commandBody, { ...existing, ...changes, type: existing.type });
    if (wanted.name !== existing.name && findByName(scope, wanted)) throw refuseDuplicate(['name']);
    const command = build(scope, wanted, existing);
    save(scope, command);
    events.emit({ type: 'commands-changed' });
    return { status: 200, body: command };
  }

  function remove(request: ApiRequest, scope: string): Answer {
    state.removeCommand(findById(request, scope));
    events.emit({ type: 'commands-changed' });
    return { status: 204 };
  }

  /** The same handler for both scopes. */
  function both(
    method: Route['method'],
    path: 'commands' | 'commands/{command_id}',
    handle: (request: ApiRequest, scope: string) => Answer,
  ): Route[] {
    const check = ({ param }: ApiRequest) => {
      if (param('application_id') !== WORLD.bot.id) throw refuse('missingAccess');
    };
    return [
      {
        method,
        template: `/applications/{application_id}/${path}`,
        access: 'bot',
        handle(request) {
          check(request);
          return handle(request, GLOBAL);
        },
      },
      {
        method,
        template: `/applications/{application_id}/guilds/{guild_id}/${path}`,
        access: 'bot',
        handle(request) {
          check(request);
          if (request.param('guild_id') !== WORLD.guild.id) throw refuse('missingAccess');
          return handle(request, request.param('guild_id'));
        },
      },
    ];
  }

  return [
    ...both('GET', 'commands', list),
    ...both('POST', 'commands', create),
    ...both('PUT', 'commands', replaceAll),
    ...both('GET', 'commands/{command_id}', (request, scope) => ({
      status: 200,
      body: findById(request, scope).command,
    })),
    ...both('PATCH', 'commands/{command_id}', update),
    ...both('DELETE', 'commands/{command_id}', remove),
  ];
}

function checkCount(commands: readonly { type: ApplicationCommandType }[]): void {
  for (const [type, most] of Object.entries(MOST_COMMANDS)) {
    if (commands.filter((command) => command.type === Number(type)).length > most) throw refuse('mostCommands');
  }
}

function checkNames(commands: readonly CommandBody[]): void {
  const seen = new Set<string>();
  for (const [index, { type, name }] of commands.entries()) {
    if (seen.has(`${type} ${name}`)) throw refuseDuplicate([index, 'name']);
    seen.add(`${type} ${name}`);
  }
}

function refuseDuplicate(path: (string | number)[]) {
  return refuseBody([
    { path, code: 'APPLICATION_COMMANDS_DUPLICATE_NAME', message: 'Application command names must be unique' },
  ]);
}

/** As Discord answers them: what says nothing (`required: false`, empty choices, undefined) is left out. */
function tidy(options: readonly unknown[]): NonNullable<APIApplicationCommand['options']> {
  const dropped = (key: string, value: unknown) =>
    value === undefined || ((key === 'required' || key === 'autocomplete') && value === false);
  return JSON.parse(JSON.stringify(options, (key, value: unknown) => (dropped(key, value) ? undefined : value)));
}

function withoutLocalizations<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key.endsWith('_localizations') ? undefined : inner)),
  );
}
