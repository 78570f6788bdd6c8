import type { Sentence } from '../language/index.ts';
import type { AttemptStore, NewAttempt, OpenCalls } from '../store/attempts.ts';
import { type HealthStore, type LearnHealth, type OfferHealth, untried } from '../store/health.ts';
import { countUnmet, shortcomings, stepsFor } from './choose-offer.ts';
import { afterFailure, afterSuccess, isOverdue, medianOf, restsUntil, roomFor } from './circuit.ts';
import { fitSize } from './fit-size.ts';
import type { Offer } from './provider.ts';
import type { AspectRatio, GenerationRequest } from './request.ts';

export const ROUTING_POLICIES = ['cheapest', 'fastest', 'order'] as const;
export type RoutingPolicy = (typeof ROUTING_POLICIES)[number];

/** How long a call may take while another offer could do it too: as long as three usual ones, within these. */
const PATIENCE_MS = { least: 20_000, most: 35_000 } as const;
/** The same for a call that tries an offer that has failed: its member has waited for nothing often enough. */
const TRIAL_PATIENCE_MS = { least: 8_000, most: 20_000 } as const;
/**
 * The same for a machine of one's own, tried or trusted: it may have to load its model first, and then takes half a
 * minute for a picture. Where it hangs, the next offer still has the picture there within a minute.
 */
const OWN_PATIENCE_MS = 45_000;

export interface RankedOffer {
  readonly offer: Offer;
  /** Why it is where it is, for Info. */
  readonly reason: Sentence;
  /** Not to be asked before this time, milliseconds since 1970; 0: now. */
  readonly notBefore: number;
  /** Why its last call failed, when it did. */
  readonly failure?: string;
  /** Calls it may be sent at once. */
  readonly atOnce: number;
  /** How long a call may take while others could do it too. */
  readonly patienceMs: number;
}

/** An offer, as it is named in logs and metrics. */
export type OfferName = Pick<OfferHealth, 'provider' | 'model'>;

export interface RouterOptions {
  health: Pick<HealthStore, 'all'>;
  attempts: Pick<AttemptStore, 'inFlight'>;
  policy: RoutingPolicy;
  /** Providers, best first, for the policy `order`. */
  order: readonly string[];
  /** Calls in flight a provider may have, as configured. */
  slotsOf: (offer: { provider: string }) => number;
  /** An offer left the rotation, or came back (`failure` absent), here or elsewhere: for the operator. */
  onChange?: (offer: OfferName, failure: string | undefined) => void;
  now: () => number;
  /** 0 … 1, for jitter. */
  random?: () => number;
}

export type Router = ReturnType<typeof createRouter>;

/** Decides who is asked, from prices, what all processes know of everybody's health, and what the owner prefers. */
export function createRouter({
  health,
  attempts,
  policy,
  order,
  slotsOf,
  onChange,
  now,
  random = Math.random,
}: RouterOptions) {
  const outOfRotation = new Map<string, string>();

  /** Tells the operator what has changed since it was last seen. */
  function notice({ provider, model, openUntil, failure = 'trouble' }: OfferHealth): void {
    const key = `${provider}/${model}`;
    const before = outOfRotation.get(key);
    const after = openUntil === 0 ? undefined : failure;
    if (before === after) return;
    if (after === undefined) outOfRotation.delete(key);
    else outOfRotation.set(key, after);
    onChange?.({ provider, model }, after);
  }

  return {
    /** The offers that can do it, best first for now. */
    async rank(candidates: readonly Offer[], request: GenerationRequest, aspect: AspectRatio): Promise<RankedOffer[]> {
      const [known, inFlight] = await Promise.all([health.all(), attempts.inFlight()]);
      const time = now();
      const scored = candidates.map((offer) => {
        const { provider, model } = offer;
        const state =
          known.find((entry) => entry.provider === provider && entry.model === model) ?? untried(provider, model);
        notice(state);
        const sentAt = inFlight.find((calls) => calls.provider === provider && calls.model === model)?.sentAt ?? [];
        const atOnce = roomFor(state, sentAt, time);
        const isFull =
          callsAt(provider, inFlight) >= slotsOf(offer) || sentAt.length >= (state.slots ?? Number.POSITIVE_INFINITY);
        return {
          offer,
          state,
          atOnce,
          demoted: atOnce === 0 ? 2 : isFull || isOverdue(state, sentAt, time) ? 1 : 0,
          unmet: countUnmet(offer, request),
          score: scoreOf(offer, state),
          lacks: shortcomings(offer, request).length,
        };
      });
      type Scored = (typeof scored)[number];
      const byMerit = (one: Scored, other: Scored) =>
        one.unmet - other.unmet || one.score - other.score || one.lacks - other.lacks;
      const best = scored.toSorted(byMerit)[0];
      return scored
        .toSorted(
          (one, other) =>
            one.demoted - other.demoted || byMerit(one, other) || restsUntil(one.state) - restsUntil(other.state),
        )
        .map(({ offer, state, atOnce }) => ({
          offer,
          reason: reasonFor(offer),
          notBefore: restsUntil(state) > time ? restsUntil(state) : 0,
          failure: state.failure,
          atOnce,
          patienceMs: patienceWith(offer, state),
        }));

      function scoreOf(offer: Offer, state: OfferHealth): number {
        if (policy === 'order') return order.includes(offer.provider) ? order.indexOf(offer.provider) : order.length;
        // One that nobody has asked yet is given a try.
        if (policy === 'fastest') return medianOf(state.latencies) ?? 0;
        return priceOf(offer, request, aspect);
      }

      function reasonFor(offer: Offer): Sentence {
        const label = offer.providerLabel;
        if (request.provider !== undefined) return { key: 'reason-pinned', values: { label } };
        if (best === undefined || candidates.length === 1) return { key: 'reason-only', values: { label } };
        if (offer !== best.offer) {
          return { key: 'reason-instead', values: { label, other: best.offer.providerLabel } };
        }
        // Asked after it only because they cannot do what the member said.
        const passedOver = scored.filter(({ unmet, score }) => unmet > best.unmet && score <= best.score);
        const fits = passedOver.length > 0;
        const honoursSeed = request.seedGiven && offer.seed === 'ours';
        const seed = fits && honoursSeed && passedOver.every((one) => one.offer.seed === 'theirs');
        const key = { cheapest: 'reason-cheapest', fastest: 'reason-fastest', order: 'reason-order' } as const;
        return { key: key[policy], values: { label, seed, fits } };
      }
    },

    /** What an attempt must find true, in its own transaction, to be opened: a ranking is old a moment later. */
    admission(offer: Offer): Required<Pick<NewAttempt, 'slots' | 'admit'>> {
      return {
        slots: slotsOf(offer),
        admit(state, sentAt) {
          if (roomFor(state, sentAt, now()) === 0) return 'resting';
          return sentAt.length >= (state.slots ?? Number.POSITIVE_INFINITY) ? 'no-slot' : 'yes';
        },
      };
    },

    /** What a call that brought pictures teaches, for `attempts.close`. */
    succeeded: ((state, event) => afterSuccess(state, event, slotsOf(state))) satisfies LearnHealth,

    /** What a call that ended otherwise teaches. */
    failed(error: unknown): LearnHealth {
      return (state, event) => afterFailure(state, error, event, random());
    },

    /** To be called with what `attempts.close` answers. */
    notice,
  };
}

function callsAt(provider: string, inFlight: readonly OpenCalls[]): number {
  return inFlight.reduce((sum, calls) => sum + (calls.provider === provider ? calls.sentAt.length : 0), 0);
}

function patienceWith({ patienceMs }: Offer, { failures, latencies }: OfferHealth): number {
  if (patienceMs !== undefined) return Math.min(patienceMs, OWN_PATIENCE_MS);
  const { least, most } = failures > 0 ? TRIAL_PATIENCE_MS : PATIENCE_MS;
  return Math.min(most, Math.max(least, 3 * (medianOf(latencies) ?? 0)));
}

/** Micro-dollars of one picture of this request at this offer. */
export function priceOf(offer: Offer, request: GenerationRequest, aspect: AspectRatio): number {
  const inferenceSteps = stepsFor(offer, request);
  return offer.price({ ...fitSize(offer.sizes, aspect), mode: request.mode, inferenceSteps });
}
