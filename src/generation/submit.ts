import { BusyError, InvalidInputError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { NewGeneration } from '../store/rows.ts';
import { type BudgetSettings, budgetsFor, type OnBudget, refuseFor, reportThresholds } from './budgets.ts';
import { chooseOffers } from './choose-offer.ts';
import { type OfferRecord, recordedPrice } from './offer-record.ts';
import type { GenerationKind } from './record.ts';
import { countCodePoints, type GenerationRequest, MOST_PROMPT_CHARACTERS } from './request.ts';

/** Anything that shows: not a space, and not a character that only joins or directs others. */
const SEEN = /[^\s\p{Cf}]/u;

/** Discord's permission bit ATTACH_FILES. Source: Discord docs, Permissions, 2026-08. */
const ATTACH_FILES = 1n << 15n;

/** Who asks, and where the answer goes. */
export interface Origin
  extends Pick<
    NewGeneration,
    | 'id'
    | 'userId'
    | 'guildId'
    | 'channelId'
    | 'applicationId'
    | 'locale'
    | 'ageRestricted'
    | 'ephemeral'
    | 'attachmentSizeLimit'
    | 'appPermissions'
    | 'sealedToken'
  > {}

export interface Submission {
  origin: Origin;
  kind: GenerationKind;
  request: GenerationRequest;
  parentId?: string;
  parentIndex?: number;
}

/** What one server, role or channel may do; today the same for all. */
export interface Policy {
  /** Requests a member may have waiting or running. */
  readonly waiting: number;
  readonly budgets: BudgetSettings;
  /** Whether members may use an offer. Absent: every one. */
  readonly allows?: (offer: OfferRecord) => boolean;
}

/**
 * Admits a request and stores it: one transaction, and the row is the job. It runs once Discord has taken the answer
 * to its interaction (`acknowledge`).
 *
 * Throws `InvalidInputError` for what no offer can do, `BusyError` at the member's limit; nothing is stored then.
 * @returns whether this interaction was accepted now, or had been before.
 */
export async function submit(
  { origin, kind, request, parentId, parentIndex }: Submission,
  {
    store,
    offers,
    policy,
    onBudget,
    now,
  }: {
    store: Pick<Store, 'generations'>;
    offers: readonly OfferRecord[];
    policy: Policy;
    onBudget?: OnBudget;
    now: () => number;
  },
): Promise<'accepted' | 'duplicate'> {
  const length = countCodePoints(request.prompt);
  if (!SEEN.test(request.prompt)) throw new InvalidInputError('empty prompt', { sentence: { key: 'prompt-empty' } });
  if (length > MOST_PROMPT_CHARACTERS) {
    throw new InvalidInputError('prompt too long', {
      sentence: { key: 'prompt-too-long', values: { most: MOST_PROMPT_CHARACTERS, length } },
    });
  }
  const candidates = chooseOffers(request, policy.allows === undefined ? offers : offers.filter(policy.allows));
  if (!origin.ephemeral && (BigInt(origin.appPermissions) & ATTACH_FILES) === 0n) {
    throw new InvalidInputError('no permission to attach files', {
      sentence: { key: 'cannot-post-here', values: { missing: 'Attach Files' } },
    });
  }
  const createdAt = now();
  // The cheapest way to do it: held until an offer is chosen.
  const priceMicroUsd = Math.min(...candidates.map((offer) => recordedPrice(offer, request))) * request.count;
  const admission = await store.generations.submit(
    {
      ...origin,
      kind,
      request,
      parentId,
      parentIndex,
      createdAt,
    },
    { waiting: policy.waiting, priceMicroUsd, budgets: budgetsFor(origin, policy.budgets, createdAt) },
  );
  if (admission.kind === 'over-budget') throw refuseFor(admission, priceMicroUsd, request.count, onBudget);
  if (admission.kind === 'too-many-waiting') {
    throw new BusyError('the member has too many requests waiting', {
      sentence: { key: 'too-many-waiting', values: { most: admission.most } },
    });
  }
  if (admission.kind === 'accepted') reportThresholds(admission.uses, onBudget);
  return admission.kind;
}
