import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { handlers } from '../commands/index.ts';
import type { Config } from './config.ts';
import { wasAcknowledged } from './discord/acknowledge.ts';
import { createMessageDeleter } from './discord/delete-message.ts';
import { createDelivery } from './discord/deliver.ts';
import { createDispatcher, type DispatcherOptions } from './discord/dispatch.ts';
import { createProgressEditor } from './discord/edit-progress.ts';
import { createPictureFetcher } from './discord/fetch-picture.ts';
import { connectGateway, type Gateway } from './discord/gateway.ts';
import { readApplicationId, registerCommands, requireKnownToken } from './discord/register.ts';
import { createBotRest, createInteractionRest, createOnceRest, warnOfRefusals } from './discord/rest.ts';
import { createTokenSealer } from './discord/sealed-token.ts';
import { SETUP_FAILURES } from './errors.ts';
import type { BudgetSettings, OnBudget } from './generation/budgets.ts';
import type { CallEnded } from './generation/call-book.ts';
import { conclude } from './generation/conclude.ts';
import { generate } from './generation/generate.ts';
import { logFailedCall } from './generation/log-failed-call.ts';
import { type OfferRecord, recordOf } from './generation/offer-record.ts';
import { SEED_RANGE } from './generation/request.ts';
import { createRouter } from './generation/router.ts';
import { submit } from './generation/submit.ts';
import { createByteBudget } from './http/bytes-in-flight.ts';
import { startHousekeeping } from './jobs/housekeeping.ts';
import { keepRegistered } from './jobs/keep-registered.ts';
import { createPrefetch } from './jobs/prefetch.ts';
import { startProgress } from './jobs/progress.ts';
import { startRecovery } from './jobs/recover.ts';
import { createSeeThrough } from './jobs/see-through.ts';
import { startWorker, type Worker } from './jobs/worker.ts';
import { isDeadWorker } from './jobs/worker-name.ts';
import { describeError, warnWhile } from './log.ts';
import { countCall, countFinished, createMetrics } from './metrics.ts';
import { createProviders, slotsOf, variableOf } from './providers/index.ts';
import type { Services } from './services.ts';
import { openStore } from './store/open-store.ts';
import { healthPages } from './web/health.ts';

/** Running jobs get this long to finish at a shutdown. */
const GRACE_MS = 25_000;
/** And what else is under way this long: an answer to who pressed at the last moment, a round of housekeeping. */
const BRIEFLY_MS = 5_000;

export interface BotOptions {
  config: Config & { DISCORD_TOKEN: string };
  log: Logger;
  /** Default: the store's clock. */
  now?: () => number;
  /** Told of each interaction once it is over. */
  onHandled?: DispatcherOptions['onHandled'];
}

/** Waits for it, but not for long. */
function briefly(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, delay(BRIEFLY_MS, undefined, { ref: false })]);
}

export type Bot = Awaited<ReturnType<typeof startBot>>;

/**
 * Builds the bot from its settings and starts it: gateway, workers, or both. Throws when the store cannot be opened
 * or Discord refuses the token; nothing is left running then.
 */
export async function startBot({ config, log, now: ownNow, onHandled }: BotOptions) {
  const metrics = createMetrics();
  const { DISCORD_TOKEN: token, DISCORD_API_URL: apiUrl } = config;
  const closers: (() => Promise<unknown>)[] = [];
  let worker: Worker | undefined;
  async function close(): Promise<void> {
    // While it finishes, members are still answered: what they ask for now is painted after the next start.
    closers.push(async () => worker?.stop(GRACE_MS));
    for (const closer of closers.splice(0).reverse()) {
      await closer().catch((error: unknown) => log.error({ err: describeError(error) }, 'could not close cleanly'));
    }
  }

  try {
    const store = await openStore({
      databaseUrl: config.DATABASE_URL,
      dataDir: config.DATA_DIR,
      now: ownNow,
      onTransition: ({ from, to }) => metrics.transitions.inc({ from, to }),
      onClockApart: (aheadMs) =>
        log.warn({ aheadMs }, 'the clock of this machine is not that of the database, which is the one that counts'),
      onConnectionError: (error) => log.warn({ err: describeError(error) }, 'database connection lost'),
    });
    closers.push(() => store.close());
    const { now } = store;

    const providers = createProviders(config);
    closers.push(() => Promise.all(providers.map((provider) => provider.close?.())));
    const own = providers.flatMap((provider) => provider.offers);
    let offers: readonly OfferRecord[] = own.map(recordOf);
    const works = config.WORKERS > 0;
    if (works) {
      await store.offers.record(offers);
      // Whoever starts it anew has probably mended what was wrong with its setup.
      await store.health.forgive(
        providers.map(({ id }) => id),
        SETUP_FAILURES,
      );
    } else offers = await readOffers();

    async function readOffers(): Promise<readonly OfferRecord[]> {
      const recorded = await store.offers.all();
      return recorded.length > 0 ? recorded : own.map(recordOf);
    }

    /** A gateway that paints nothing offers what the workers do by now. */
    async function refreshOffers(): Promise<readonly OfferRecord[]> {
      try {
        if (!works) offers = await readOffers();
      } catch (error) {
        log.warn({ err: describeError(error) }, 'could not refresh the offers');
      }
      return offers;
    }

    const bytesInFlight = createByteBudget(config.MAX_IMAGE_BYTES_IN_FLIGHT);
    const interactionRest = createInteractionRest({ apiUrl });
    const onceRest = createOnceRest({ apiUrl });
    const botRest = createBotRest({ apiUrl, token });
    for (const rest of [interactionRest, onceRest, botRest]) warnOfRefusals(rest, log);
    const sealer = createTokenSealer(token);
    const { fetchPicture, readPictures, canRead } = createPictureFetcher({
      apiUrl,
      rest: botRest,
      images: store.images,
    });

    const budgets: BudgetSettings = {
      guildDay: config.DEFAULT_GUILD_DAILY_BUDGET_USD,
      guildMonth: config.DEFAULT_GUILD_BUDGET_USD,
      userDay: config.DEFAULT_MEMBER_DAILY_BUDGET_USD,
      userMonth: config.DEFAULT_MEMBER_BUDGET_USD,
    };
    const router = createRouter({
      health: store.health,
      attempts: store.attempts,
      policy: config.ROUTING,
      order: config.ROUTING_ORDER ?? [],
      slotsOf: slotsOf(config),
      onChange({ provider, model }, failure) {
        metrics.outOfRotation.set({ provider, model }, failure === undefined ? 0 : 1);
        if (failure === undefined) {
          log.info({ provider, model }, 'provider is back');
          return;
        }
        const variable = variableOf(provider, failure);
        const level = variable === undefined ? 'warn' : 'error';
        log[level]({ provider, model, failure, variable }, 'provider out of rotation');
      },
      now,
    });

    /** Tells the owner once in each period, whichever process is first. */
    const onBudget: OnBudget = ({ scope, id, period, until }, percent) => {
      store.turns
        .take(`budget:${scope}:${id}:${period}:${percent}`, until - now())
        .then((isFirst) => {
          if (!isFirst) return;
          metrics.budgets.inc({ scope, period, percent });
          log.warn({ scope, id, period, percent }, percent === 100 ? 'budget used up' : 'budget nearly used up');
        })
        .catch((error: unknown) => log.warn({ err: describeError(error) }, 'could not tell of a budget'));
    };

    const prefetch = createPrefetch({ store, fetchPicture, log });
    const services: Services = {
      store,
      offers: () => offers,
      async submit(submission) {
        const admission = await submit(submission, {
          store,
          offers,
          policy: { waiting: config.USER_WAITING, budgets },
          onBudget,
          now,
        });
        if (admission !== 'duplicate' && submission.request.initImage !== undefined) {
          // Goes on after the interaction, and holds its picture on its own account.
          void bytesInFlight.run(1, () => prefetch(submission.origin.id));
        }
        return admission;
      },
      readPictures,
      canRead,
      deleteMessage: createMessageDeleter(botRest),
      sealToken: sealer.seal,
      variableOf,
      budgets,
      now,
      drawSeed: () => randomInt(SEED_RANGE.least, SEED_RANGE.most + 1),
    };

    const stopHousekeeping = startHousekeeping({ store, imageRetentionHours: config.IMAGE_RETENTION_HOURS, log, now });
    closers.push(() => briefly(stopHousekeeping()));

    const progress = startProgress({
      store,
      edit: createProgressEditor({ rest: interactionRest, openToken: sealer.open, now }),
      workers: config.WORKERS,
      userRunning: config.USER_RUNNING,
      log,
      now,
    });
    closers.push(async () => progress.stop());

    const silence = { log, message: 'Discord has not answered yet' };
    let gateway: Gateway | undefined;
    if (config.GATEWAY === 'on') {
      const dispatcher = createDispatcher({
        handlers,
        services,
        rest: interactionRest,
        onceRest,
        log,
        now,
        hold: (work) => bytesInFlight.run(1, work),
        onHandled(handled) {
          metrics.interactions.inc({ handler: handled.name, outcome: handled.outcome });
          if (handled.acknowledgedMs !== undefined) metrics.acknowledged.observe(handled.acknowledgedMs / 1_000);
          onHandled?.(handled);
        },
      });
      closers.push(() => briefly(dispatcher.idle()));
      // First: a token that is refused here uses up none of the day's logins.
      const stopRegistering = await keepRegistered({
        register: async (current) =>
          registerCommands(botRest, await readApplicationId(botRest), handlers.commands, current),
        readOffers: refreshOffers,
        log,
      });
      closers.push(() => briefly(stopRegistering()));
      const onInteraction = (raw: unknown) => void dispatcher.dispatch(raw);
      gateway = await warnWhile(silence, connectGateway({ token, apiUrl, log, onInteraction }));
      closers.push(gateway.close);
    } else {
      // It would paint, and could not deliver.
      await requireKnownToken(botRest);
    }

    // Last: a start that fails has claimed nothing, and asked nobody to paint.
    if (works) {
      await store.generations.releaseLeases(isDeadWorker);
      const slots = slotsOf(config);
      const onCallEnded = (call: CallEnded) => {
        countCall(metrics, call);
        logFailedCall(log, call);
      };
      const seeThrough = createSeeThrough({
        store,
        generate: (generation, call) =>
          generate(generation, { store, providers, router, budgets, onBudget, fetchPicture, now, onCallEnded }, call),
        conclude: (generation) => conclude(generation, { store, providers, now, onCallEnded }),
        deliver: createDelivery({
          interactionRest,
          onceRest,
          botRest,
          store,
          offers: () => offers,
          openToken: sealer.open,
          now,
        }),
        progress,
        onFinished: (finished) => countFinished(metrics, finished),
        log,
        now,
      });
      worker = startWorker({
        store,
        seeThrough,
        hold: ({ request }, work) => bytesInFlight.run(request.count, work),
        workers: config.WORKERS,
        userRunning: config.USER_RUNNING,
        slots: Object.fromEntries(providers.map(({ id }) => [id, slots({ provider: id })])),
        log,
      });
    }

    const stopRecovery = startRecovery({
      store,
      wasAcknowledged: async ({ id, applicationId, sealedToken }) => {
        const opened = sealedToken === undefined ? undefined : sealer.open(sealedToken);
        return opened === undefined
          ? { kind: 'too-late' }
          : wasAcknowledged(interactionRest, { id, applicationId, token: opened });
      },
      log,
      now,
    });
    closers.push(() => briefly(stopRecovery()));

    log.info(
      {
        engine: store.engine,
        models: [...new Set(offers.map((offer) => offer.model))],
        workers: config.WORKERS,
        gateway: config.GATEWAY,
      },
      'easel is ready',
    );
    const pages = healthPages({
      store,
      isConnected: () => gateway?.isReady() ?? true,
      running: () => worker?.running(),
      metrics,
      now,
    });
    return { store, pages, lost: gateway?.lost, close };
  } catch (error) {
    await close();
    throw error;
  }
}
