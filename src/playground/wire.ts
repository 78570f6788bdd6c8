import type {
  APIApplicationCommand,
  APIApplicationCommandOptionChoice,
  APIMessage,
  APIModalInteractionResponseCallbackData,
} from 'discord-api-types/v10';
import { z } from 'zod';
import type { InteractionKind, InteractionOutcome, RecordedRequest } from './discord/local-discord.ts';

/** What the page and its server say to each other. URLs of files are paths on the page's own origin. */

export interface Member {
  readonly id: string;
  readonly name: string;
  /** Has Manage Messages and Manage Server. */
  readonly moderator: boolean;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'text' | 'thread' | 'dm';
  readonly ageRestricted: boolean;
  /** Only a DM has one: nobody else sees it. */
  readonly memberId?: string;
}

export interface InteractionSummary {
  readonly id: string;
  readonly kind: InteractionKind;
  /** The command's name or the custom ID. */
  readonly name: string;
  /** As a member knows it: `/imagine`, the button's label. */
  readonly title: string;
  readonly memberId: string;
  readonly channelId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly acknowledgedAfterMs?: number;
  readonly finishedAfterMs?: number;
  readonly outcome: InteractionOutcome;
  /** The message that answers it, while there is one. */
  readonly messageId?: string;
  /** Who painted and what it cost, as the small line under the picture says. */
  readonly provider?: string;
  readonly cost?: string;
}

/** Both directions of one interaction, as they were on the wire. */
export interface InteractionDetails {
  readonly sent: unknown;
  /** The bot answered before the last restart, and what it sent then is not kept. */
  readonly answeredBefore: boolean;
  readonly received: readonly Pick<
    RecordedRequest,
    'method' | 'route' | 'body' | 'files' | 'status' | 'response' | 'receivedAt' | 'answeredAt'
  >[];
}

/** Everything one member sees in one channel, at the moment the stream begins. */
export interface Snapshot {
  readonly type: 'snapshot';
  readonly application: { readonly id: string; readonly name: string };
  readonly guildName: string;
  readonly botConnected: boolean;
  readonly members: readonly Member[];
  readonly channels: readonly Channel[];
  readonly memberId: string;
  readonly channelId: string;
  /** Those this member may use here. */
  readonly commands: readonly APIApplicationCommand[];
  /** Oldest first. */
  readonly messages: readonly APIMessage[];
  /** The names of the commands those messages answer, by interaction id. */
  readonly commandNames: Readonly<Record<string, string>>;
  /** There are older messages than these. */
  readonly more: boolean;
  /** Oldest first. */
  readonly interactions: readonly InteractionSummary[];
  /** What is wrong, in plain sentences. */
  readonly notices: readonly string[];
  /** Bytes of one file, and of everything sent at once. */
  readonly limits: { readonly fileBytes: number; readonly requestBytes: number };
}

/** What happens after the snapshot. */
export type Change =
  | { readonly type: 'message'; readonly message: APIMessage }
  | { readonly type: 'message-gone'; readonly messageId: string }
  /** Something new in a channel that is not open. */
  | { readonly type: 'elsewhere'; readonly channelId: string }
  | { readonly type: 'interaction'; readonly interaction: InteractionSummary }
  | { readonly type: 'commands'; readonly commands: readonly APIApplicationCommand[] }
  | { readonly type: 'notices'; readonly notices: Snapshot['notices'] }
  | { readonly type: 'bot'; readonly connected: boolean }
  /** The server is about to stop; it may be back soon. */
  | { readonly type: 'closing' };

export type Frame = Snapshot | Change;

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.strictObject({ file: z.int().min(0) })]);
const commandOptions = z.record(z.string(), optionValue);
const modalValue = z.union([
  z.string(),
  z.boolean(),
  z.array(z.string()),
  z.strictObject({ files: z.array(z.int().min(0)) }),
]);

const where = { memberId: z.string(), channelId: z.string() };

/** One thing a member does. `file` and `files` are positions among the files sent along. */
export const deed = z.discriminatedUnion('kind', [
  z.strictObject({ ...where, kind: z.literal('post'), content: z.string() }),
  z.strictObject({ ...where, kind: z.literal('command'), name: z.string(), options: commandOptions }),
  z.strictObject({
    ...where,
    kind: z.literal('autocomplete'),
    name: z.string(),
    options: commandOptions,
    focused: z.string(),
  }),
  z.strictObject({ ...where, kind: z.literal('press'), messageId: z.string(), customId: z.string() }),
  z.strictObject({
    ...where,
    kind: z.literal('select'),
    messageId: z.string(),
    customId: z.string(),
    values: z.array(z.string()),
  }),
  z.strictObject({ ...where, kind: z.literal('message-command'), name: z.string(), messageId: z.string() }),
  z.strictObject({
    ...where,
    kind: z.literal('modal'),
    /** The interaction that was answered with the modal. */
    interactionId: z.string(),
    values: z.record(z.string(), modalValue),
  }),
  z.strictObject({ ...where, kind: z.literal('dismiss'), messageId: z.string() }),
  z.strictObject({ ...where, kind: z.literal('delete'), messageId: z.string() }),
  z.strictObject({ ...where, kind: z.literal('reset') }),
]);
export type Deed = z.input<typeof deed>;

/** How it went. A refusal is an ordinary answer: Discord's client would not have sent anything. */
export type DeedOutcome =
  | { readonly type: 'done' }
  /** The bot answered with a message, new or changed. */
  | { readonly type: 'answered'; readonly interactionId: string }
  | { readonly type: 'refused'; readonly reason: string; readonly option?: string }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'choices'; readonly choices: readonly APIApplicationCommandOptionChoice[] }
  | {
      readonly type: 'modal';
      readonly interactionId: string;
      readonly modal: APIModalInteractionResponseCallbackData;
    };
