import type { REST } from 'discord.js';
import { InteractionResponseType, Routes } from 'discord-api-types/v10';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { BotError, BusyError, InvalidInputError } from '../errors.ts';
import type { Sentence } from '../language/index.ts';
import { describeError } from '../log.ts';
import type { Services } from '../services.ts';
import { patiently } from '../store/patiently.ts';
import { type Acknowledgement, wasAcknowledged } from './acknowledge.ts';
import { parseCustomId } from './custom-id.ts';
import { isAlreadyGone } from './delete-message.ts';
import { createExchange, type Exchange } from './exchange.ts';
import type { FirstAnswer, HandlerOutcome, Handlers } from './handlers.ts';
import { type Invocation, type ParsedInteraction, parseInteraction } from './interaction.ts';
import { isRefusal } from './is-refusal.ts';
import { presentRefusal } from './present.ts';

/** How long a handler may work before Discord is told to wait. */
const DEFER_AFTER_MS = 300;
/** A form cannot follow a deferral, so its work gets most of the three seconds. */
const MODAL_WITHIN_MS = 2_000;
/** Interactions remembered, so that one delivered twice is handled once. */
const REMEMBERED = 10_000;

export interface DispatcherOptions {
  handlers: Handlers;
  services: Services;
  /** For interaction tokens; see `createInteractionRest`. */
  rest: REST;
  /** For first answers and follow-ups; see `createOnceRest`. */
  onceRest: REST;
  log: Logger;
  /** Told of each interaction once it is over; for metrics. */
  onHandled?: (handled: {
    kind: ParsedInteraction['kind'];
    name: string;
    outcome: string;
    acknowledgedMs?: number;
    durationMs: number;
  }) => void;
  /** Runs an interaction's work within what this process may hold in memory. */
  hold?: <Result>(work: () => Promise<Result>) => Promise<Result>;
  now?: () => number;
}

/** One handler, ready to go: which it is, how it answers, and the work itself. */
interface Work {
  readonly name: string;
  readonly ephemeral: boolean;
  readonly first: FirstAnswer;
  run(): Promise<HandlerOutcome>;
}

/**
 * Answers interactions, wherever they come from: reads them, finds the handler, acknowledges in time, and sees the
 * answer or the error to the member. Never throws.
 */
export function createDispatcher({
  handlers,
  services,
  rest,
  onceRest,
  log,
  hold = (work) => work(),
  onHandled,
  now = Date.now,
}: DispatcherOptions) {
  const seen = new Set<string>();
  const active = new Set<Promise<void>>();

  async function handle(raw: unknown): Promise<void> {
    const receivedAt = now();
    let parsed: ParsedInteraction | undefined;
    try {
      parsed = parseInteraction(raw);
    } catch (error) {
      log.error(
        { issues: error instanceof ZodError ? error.issues.map(({ path, code }) => ({ path, code })) : String(error) },
        'interaction not understood',
      );
      return;
    }
    if (parsed === undefined || alreadySeen(parsed.invocation.id)) return;
    const { invocation } = parsed;
    let name: string = parsed.kind;
    let outcome = 'failed';
    let acknowledgedMs: number | undefined;
    const exchange = createExchange({ rest, onceRest }, invocation, () => {
      acknowledgedMs ??= now() - receivedAt;
    });
    const child = log.child({ interaction: invocation.id, user: invocation.userId, guild: invocation.guildId });
    try {
      const work = prepare(parsed);
      name = work.name;
      outcome = await hold(() => answer(work, exchange, invocation));
    } catch (error) {
      outcome = await explain(error, exchange, parsed, child);
    }
    const durationMs = now() - receivedAt;
    child.info({ handler: name, outcome, acknowledgedMs, durationMs }, 'interaction');
    onHandled?.({
      kind: parsed.kind,
      name,
      outcome,
      durationMs,
      acknowledgedMs,
    });
  }

  function alreadySeen(id: string): boolean {
    if (seen.has(id)) return true;
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value ?? '');
    return false;
  }

  /** Finds the handler and reads its input. Throws `InvalidInputError` for what no handler of this version knows. */
  function prepare(parsed: ParsedInteraction): Work {
    const { invocation } = parsed;
    switch (parsed.kind) {
      case 'command': {
        const command = handlers.commands.find(({ name }) => name === parsed.name);
        if (command === undefined)
          throw new InvalidInputError('unknown command', { sentence: { key: 'command-unknown' } });
        const read = command.input.safeParse(parsed.options);
        if (!read.success) {
          const option = String(read.error.issues[0]?.path[0] ?? '');
          throw new InvalidInputError('option refused', {
            sentence: command.refusals?.[option] ?? { key: 'option-invalid', values: { option } },
            detail: { option },
          });
        }
        const call = {
          ...invocation,
          input: read.data,
          target: parsed.target,
        };
        return {
          name: command.name,
          ephemeral: command.ephemeral(read.data),
          first: command.first ?? 'message',
          run: () => command.run(call, services),
        };
      }
      case 'press': {
        const target = parseCustomId(parsed.customId);
        const family = handlers.buttons.find((candidate) => candidate.family === target?.family);
        if (target === undefined || family === undefined || !family.actions.includes(target.action))
          throw unknownButton();
        const press = { ...invocation, target, message: parsed.message };
        return {
          name: `${target.family}:${target.action}`,
          ephemeral: family.ephemeral(press),
          first: family.first?.(press) ?? 'message',
          run: () => family.run(press, services),
        };
      }
      case 'modal': {
        const target = parseCustomId(parsed.customId);
        const family = handlers.modals.find((candidate) => candidate.family === target?.family);
        if (target === undefined || family === undefined || !family.actions.includes(target.action))
          throw unknownButton();
        const { fields, message } = parsed;
        const submit = { ...invocation, target, fields, message };
        return {
          name: `${target.family}:${target.action}`,
          ephemeral: family.ephemeral(submit),
          first: 'message',
          run: () => family.run(submit, services),
        };
      }
      case 'autocomplete':
        throw new InvalidInputError('no command here completes its options', { sentence: { key: 'command-unknown' } });
    }
  }

  /** Runs the work, acknowledging when it is done or when it takes long, whichever comes first. */
  async function answer(work: Work, exchange: Exchange, invocation: Invocation): Promise<string> {
    const running = work.run();
    const { promise: late, resolve: tooLate } = Promise.withResolvers<boolean>();
    const timer = setTimeout(tooLate, work.first === 'modal' ? MODAL_WITHIN_MS : DEFER_AFTER_MS, false);
    const quick = await Promise.race([
      running.then(
        () => true,
        () => true,
      ),
      late,
    ]);
    clearTimeout(timer);
    // A form that comes too late ends in a sentence, and that is for its member alone.
    if (!quick)
      await (work.first === 'update'
        ? exchange.deferUpdate()
        : exchange.defer(work.ephemeral || work.first === 'modal'));
    const outcome = await running;
    switch (outcome.kind) {
      case 'reply':
        await exchange.reply(outcome.reply, work.ephemeral);
        return 'replied';
      case 'painting':
        return settleAcceptance(outcome.generationId, await exchange.defer(work.ephemeral), invocation);
      case 'modal':
        if (!quick) throw new BusyError('too slow for a form', { sentence: { key: 'modal-too-slow' } });
        await exchange.first({ type: InteractionResponseType.Modal, data: outcome.modal });
        return 'modal';
      case 'update':
        await exchange.update(outcome.reply);
        return 'updated';
      case 'delete-message': {
        const { kind } = await exchange.deferUpdate();
        // The message stays, and its buttons with it.
        if (kind === 'refused' || kind === 'elsewhere') return kind;
        await rest
          .delete(Routes.webhookMessage(invocation.applicationId, invocation.token), { auth: false })
          .catch((error: unknown) => {
            // Pressed twice: the first press has deleted it.
            if (!isAlreadyGone(error)) throw error;
          });
        const { erases } = outcome;
        if (erases !== undefined) await patiently(() => services.store.generations.erase(erases));
        return 'deleted';
      }
      case 'quiet':
        await exchange.deferUpdate();
        return 'quiet';
      case 'duplicate':
        return 'duplicate';
    }
  }

  /**
   * Accepted means committed and acknowledged: what Discord refused is void, what is unclear is asked for. Unless
   * Discord has taken it by now, nothing is said, and recovery settles it: our answer may still be on its way.
   */
  async function settleAcceptance(
    generationId: string,
    acknowledgement: Acknowledgement,
    invocation: Invocation,
  ): Promise<string> {
    try {
      let settled = acknowledgement;
      if (settled.kind === 'unclear') {
        const probe = await wasAcknowledged(rest, invocation);
        if (probe.kind === 'yes') settled = { kind: 'accepted', messageId: probe.messageId };
      }
      if (settled.kind === 'refused') await services.store.generations.withdraw(generationId);
      if (settled.kind === 'accepted') {
        await services.store.generations.acknowledge(generationId, settled.messageId);
        services.store.wakeUps.send('work');
      }
      return settled.kind;
    } catch (error) {
      log.warn({ generation: generationId, err: describeError(error) }, 'left to recovery');
      return 'unclear';
    }
  }

  /** Tells the member what went wrong, and never throws. */
  async function explain(
    error: unknown,
    exchange: Exchange,
    parsed: ParsedInteraction,
    child: Logger,
  ): Promise<string> {
    const { invocation } = parsed;
    const { locale } = invocation;
    const known = error instanceof BotError;
    const sentence: Sentence = known
      ? error.sentence
      : { key: 'something-wrong', values: { reference: invocation.id } };
    if (known) child.info({ code: error.code, reason: error.message, ...error.detail }, 'refused');
    else child.error({ err: describeError(error) }, 'handler failed');
    // It may be stored although the database's answer to that was lost: what is said to have failed is not painted.
    if (!known) void track(withdraw(invocation.id, child));
    try {
      await exchange.reply(presentRefusal(sentence, locale, wordsOf(parsed)), true).catch((failure: unknown) => {
        if (!isRefusal(failure)) throw failure;
        // A server may not let these words through.
        return exchange.reply(presentRefusal(sentence, locale), true);
      });
    } catch (failure) {
      child.warn({ err: describeError(failure) }, 'could not tell the member');
    }
    return known ? error.code : 'failed';
  }

  /** The database may be away, and the member need not wait for it. Should it never come back, recovery finds the row. */
  async function withdraw(id: string, child: Logger): Promise<void> {
    try {
      await patiently(() => services.store.generations.withdraw(id));
    } catch (error) {
      child.warn({ err: describeError(error) }, 'could not withdraw');
    }
  }

  function track(work: Promise<void>): Promise<void> {
    active.add(work);
    return work.finally(() => active.delete(work));
  }

  return {
    /** Takes a raw interaction. Resolves when the member has been answered. */
    dispatch(raw: unknown): Promise<void> {
      return track(handle(raw).catch((error: unknown) => log.error({ err: describeError(error) }, 'dispatch failed')));
    },
    /** Resolves when nothing is being answered. */
    async idle(): Promise<void> {
      while (active.size > 0) await Promise.all(active);
    },
  };
}

/** The prompt that was asked with. */
function wordsOf(parsed: ParsedInteraction): string | undefined {
  const given =
    parsed.kind === 'command' ? parsed.options.prompt : parsed.kind === 'modal' ? parsed.fields.prompt : undefined;
  return typeof given === 'string' && given.trim() !== '' ? given : undefined;
}

function unknownButton(): InvalidInputError {
  return new InvalidInputError('unknown custom ID', { sentence: { key: 'button-unknown' } });
}
