import { isAtDiscord } from '../../src/discord/file-hosts.ts';
import type { Invocation, SourceMessage } from '../../src/discord/interaction.ts';
import type { OfferRecord } from '../../src/generation/offer-record.ts';
import { recordOf } from '../../src/generation/offer-record.ts';
import type { Submission } from '../../src/generation/submit.ts';
import type { Services } from '../../src/services.ts';
import { mintId } from './generations.ts';
import { makeOffer } from './offers.ts';

/** The seed these services draw. */
export const DRAWN_SEED = 4_242;
export const SKETCH = recordOf(
  makeOffer({ provider: 'sketch', providerLabel: 'Sketch', model: 'sketch', price: () => 0 }),
);

export function makeInvocation(made: Partial<Invocation> = {}): Invocation {
  return {
    id: mintId(),
    applicationId: '1180000000000000002',
    token: 'interaction-token',
    userId: 'member-1',
    guildId: 'guild-1',
    channelId: 'channel-1',
    ageRestricted: false,
    locale: 'en-US',
    appPermissions: '32768',
    memberPermissions: '0',
    attachmentSizeLimit: 10_485_760,
    ...made,
  };
}

export function makeMessage(made: Partial<SourceMessage> = {}): SourceMessage {
  return { id: '1180000000000000900', channelId: 'channel-1', ephemeral: false, pictures: [], ...made };
}

export interface TestServices extends Services {
  readonly submitted: readonly Submission[];
  /** Messages deleted with the bot token. */
  readonly deleted: readonly { channelId: string; messageId: string }[];
}

/** What handlers need, on a real store; submissions are written down, and answered as `admission` says. */
export function makeServices(
  { store, now = () => 1_790_000_000_000 }: Pick<Services, 'store'> & Partial<Pick<Services, 'now'>>,
  {
    offers = [SKETCH],
    admission = 'accepted',
    ...given
  }: Partial<Omit<Services, 'store' | 'offers' | 'submit'>> & {
    offers?: readonly OfferRecord[];
    admission?: 'accepted' | 'duplicate';
  } = {},
): TestServices {
  const submitted: Submission[] = [];
  const deleted: { channelId: string; messageId: string }[] = [];
  return {
    store,
    offers: () => offers,
    submitted,
    deleted,
    async deleteMessage(message) {
      deleted.push(message);
    },
    async submit(submission) {
      submitted.push(submission);
      return admission;
    },
    readPictures: ({ id }) => store.images.read(id, 'output'),
    canRead: isAtDiscord,
    sealToken: (token) => `sealed ${token}`,
    budgets: {},
    now,
    drawSeed: () => DRAWN_SEED,
    variableOf: () => undefined,
    ...given,
  };
}
