import type {
  APIApplicationCommand,
  APIApplicationCommandOptionChoice,
  APIInteraction,
  APIMessage,
  APIModalInteractionResponseCallbackData,
  APIUser,
  ChannelType,
  Locale,
} from 'discord-api-types/v10';

export interface LocalDiscordOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** The bot token REST and gateway accept. Absent: drawn at random, or the folder's. */
  token?: string;
  /** Milliseconds since 1970. Ids, deadlines and signed URLs follow it; timers do not. Default `Date.now`. */
  now?: () => number;
  /** Where messages, files, commands and live interactions persist. Absent: memory only. */
  folder?: string;
  limits?: Partial<Limits>;
  /** What the bot may do in every channel of the guild, unless `setBotPermissions` said otherwise there. */
  botPermissions?: bigint;
  /** `false` drops the bytes of the bot's uploads (their size and SHA-256 stay), for benchmarks. Default true. */
  keepFiles?: boolean;
  /** How many requests `requests` remembers. Default 1000. */
  rememberedRequests?: number;
  /** Called after each answered API request, before the next one of the same caller can follow from the answer. */
  onRequest?: (request: RecordedRequest) => void;
}

export interface Limits {
  /** Bytes of one file. Default 10 MiB. */
  attachmentBytes: number;
  /** Bytes of one request. Default 25 MiB. */
  requestBytes: number;
  /** From an interaction to its first response. Default 3000. */
  interactionMs: number;
  /** How long an interaction's token lives. Default 15 minutes. */
  tokenMs: number;
  /** How long a signed file URL lives. Default 24 hours. */
  urlMs: number;
  /** Heartbeat interval told to gateway clients. Default 41250. */
  heartbeatMs: number;
}

export interface LocalGuild {
  readonly id: string;
  readonly name: string;
}

export interface LocalChannel {
  readonly id: string;
  readonly type: ChannelType.GuildText | ChannelType.PublicThread | ChannelType.DM;
  /** A DM's is its member's name. */
  readonly name: string;
  /** Of the channel itself; a thread has no flag of its own, as in Discord. */
  readonly nsfw: boolean;
  /** Only threads have one. */
  readonly parentId?: string;
  /** Absent in DMs. */
  readonly guildId?: string;
  /** Only DMs have one: the member at the other end. */
  readonly recipientId?: string;
}

export type MemberName = 'alice' | 'bob' | 'moderator';

/** The same at every start in one folder, and never changed by `reset`. */
export interface World {
  readonly guild: LocalGuild;
  readonly bot: APIUser;
  /** The moderator has Manage Messages and Manage Guild. */
  readonly users: Readonly<Record<MemberName, APIUser>>;
  readonly channels: {
    readonly general: LocalChannel;
    /** Age-restricted. */
    readonly gallery: LocalChannel;
    /** In general. */
    readonly thread: LocalChannel;
    /** Each member's DM with the bot. */
    readonly dm: Readonly<Record<MemberName, LocalChannel>>;
  };
}

/** A Discord API and gateway on this machine, for one bot, one guild and three members. */
export interface LocalDiscord {
  /** `http://127.0.0.1:40123` */
  readonly origin: string;
  /** What the bot's `DISCORD_API_URL` is set to: the origin and `/api`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly applicationId: string;
  readonly world: World;

  /** Acts as a member in a channel. Throws when there is no such member or channel. */
  act(userId: string, channelId: string): Driver;
  /** The bot's registered global commands. */
  commands(): APIApplicationCommand[];
  /** What Discord's client offers a member in a channel: the guild's commands and the global ones they may use there. */
  commandsFor(userId: string, channelId: string): APIApplicationCommand[];
  /** Oldest first, with freshly signed URLs. Ephemeral ones only for their own member; without a member, none. */
  messages(channelId: string, forUserId?: string): APIMessage[];
  /** `undefined` when it is gone. Finds ephemeral ones too. */
  message(channelId: string, messageId: string): APIMessage | undefined;
  /** Who alone can see the message; `undefined` for a public one. */
  visibleOnlyTo(messageId: string): string | undefined;
  /** What the bot asked of the API, oldest first; the ring is bounded. Downloads of files are not in it. */
  readonly requests: readonly RecordedRequest[];
  /** Oldest first, bounded. */
  interactions(): InteractionRecord[];
  /** The handle of an earlier interaction; `undefined` when it is too old to be remembered. */
  interaction(id: string): Interaction | undefined;
  /** Called after each change, in order, once the request behind it is answered. Returns what ends the subscription. */
  subscribe(listener: (event: LocalEvent) => void): () => void;
  /**
   * What `check` returns as soon as that is not `undefined`: asked now, after each event and after each request.
   * Rejects after `withinMs` (20 000).
   */
  until<Result>(check: () => Result | undefined, options?: Waiting): Promise<Result>;
  readonly faults: Faults;

  /** As a moderator would. */
  deleteMessage(channelId: string, messageId: string): void;
  /** With all its messages and threads. `reset` brings it back. */
  deleteChannel(channelId: string): void;
  /**
   * Replaces what the bot may do in one channel; `undefined` gives it its defaults back. Without View Channel REST
   * answers 50001, without the permission in question 50013. In a DM, 0n blocks the bot (50007).
   */
  setBotPermissions(channelId: string, permissions: bigint | undefined): void;
  /** An archived thread refuses messages with 50083; a locked one with 160005. */
  setThreadState(channelId: string, state: { archived?: boolean; locked?: boolean }): void;
  readonly gateway: GatewayControl;

  /** Plain sentences about what is wrong: a file that could not be read, a disk that is full. They come and go. */
  readonly notices: readonly string[];
  /** Forgets messages, files, interactions, requests, faults and permissions; commands and connections stay. */
  reset(): void;
  /** Ends every connection. Calling it twice is harmless. */
  close(): Promise<void>;
}

export interface Waiting {
  withinMs?: number;
}

/** A member at the keyboard. What Discord's client would refuse throws a `ClientRefusal`, and nothing is sent. */
export interface Driver {
  /** A slash command; a subcommand is named `settings budget`. */
  command(name: string, options?: CommandOptions, extra?: CommandExtra): Promise<Interaction>;
  /** Sends `data` as it is, so that the bot's own validation can be tried. */
  rawCommand(data: unknown, extra?: CommandExtra): Promise<Interaction>;
  /** Asks for choices for the option `focused`, the others as far as they are typed. */
  autocomplete(name: string, options: CommandOptions, focused: string): Promise<Interaction>;
  press(messageId: string, customId: string): Promise<Interaction>;
  /** A press on a button the message does not have, or on a message that never was. */
  pressRaw(customId: string, messageId?: string): Promise<Interaction>;
  /** Values are the options' values, or ids in user, role and channel selects. */
  select(messageId: string, customId: string, values: readonly string[]): Promise<Interaction>;
  /** A message command: the entry in a message's context menu. */
  openMessageCommand(name: string, messageId: string): Promise<Interaction>;
  /** Submits the modal an interaction of this member was answered with. */
  submitModal(opener: Interaction | string, values: ModalValues): Promise<Interaction>;
  /** A message of the member's own. */
  post(content: string, files?: readonly LocalFile[]): Promise<APIMessage>;
  /** Takes an ephemeral message off the member's screen. */
  dismiss(messageId: string): void;
}

export interface LocalFile {
  file: Uint8Array;
  name: string;
  /** Absent: from the bytes, else the name. */
  contentType?: string;
}

export type CommandOptions = Readonly<Record<string, string | number | boolean | LocalFile>>;

export interface CommandExtra {
  /** Default `en-US`. */
  locale?: `${Locale}`;
  /** `user`: the member installed the app, the guild did not; the bot is no guild member then. Default `guild`. */
  install?: 'guild' | 'user';
  /** Bytes; what a boosted guild or Nitro would raise. Default: the limit of the local Discord. */
  attachmentSizeLimit?: number;
}

/** By custom ID. Text and radio groups take a string, selects and checkbox groups strings, checkboxes a boolean. */
export type ModalValues = Readonly<Record<string, string | boolean | readonly string[] | readonly LocalFile[]>>;

/** What an interaction was answered with first, as its member sees it. */
export type FirstResponse =
  | { type: 'message'; message: APIMessage }
  | { type: 'thinking'; message: APIMessage }
  /** The component's message will be edited later; nothing shows. */
  | { type: 'update-later' }
  | { type: 'update'; message: APIMessage }
  | { type: 'modal'; modal: APIModalInteractionResponseCallbackData }
  | { type: 'choices'; choices: APIApplicationCommandOptionChoice[] }
  | { type: 'failed'; failed: string };

/** The sentence Discord shows when nothing came in time. */
export const NO_RESPONSE = 'The application did not respond';
export const FORGOTTEN = 'The conversation was reset meanwhile';

export interface Interaction {
  readonly id: string;
  readonly token: string;
  readonly userId: string;
  readonly channelId: string;
  /**
   * Waits for the first response, at most the three seconds; what it was, even when it has been edited since. It has
   * failed when the interaction is forgotten meanwhile.
   */
  response(): Promise<FirstResponse>;
  /** The @original message now; `undefined` when there is none (yet, or any more). */
  message(): APIMessage | undefined;
  /**
   * The @original message once it is neither loading nor progress: no files, and a last text ending in “…”. After
   * `update-later` only an edit counts. Rejects when it failed, was deleted or took longer than 20 s.
   */
  final(options?: Waiting): Promise<APIMessage>;
  /** Oldest first; deleted ones are gone. */
  followUps(): APIMessage[];
  record(): InteractionRecord;
}

/** Another local Discord, of this process or another one, holds the folder. */
export class FolderInUseError extends Error {
  constructor(folder: string, options?: ErrorOptions) {
    super(`${folder} is in use by another local Discord.`, options);
    this.name = 'FolderInUseError';
  }
}

/** What Discord's client says instead of sending. */
export class ClientRefusal extends Error {
  /** The option, or the modal's custom ID, it is about. */
  readonly option: string | undefined;

  constructor(message: string, option?: string) {
    super(message);
    this.name = 'ClientRefusal';
    this.option = option;
  }
}

export type InteractionKind = 'command' | 'component' | 'modal' | 'autocomplete';

/**
 * `waiting`: no response yet. `acknowledged`: deferred, or told of progress; the member waits.
 * `finished`: an answer is there. `failed`: nothing in time, or deferred and then never filled in.
 */
export type InteractionOutcome = 'waiting' | 'acknowledged' | 'finished' | 'failed';

export interface InteractionRecord {
  readonly id: string;
  readonly kind: InteractionKind;
  /** The command's name or the custom ID. */
  readonly name: string;
  /** Of the form that was handed in; `undefined` for anything else, and once its opener is forgotten. */
  readonly formTitle: string | undefined;
  readonly userId: string;
  readonly channelId: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** From sending the event to the bot's first response. */
  readonly acknowledgedAfterMs: number | undefined;
  /** From sending the event to the last change of @original, or to the modal or the choices. */
  readonly finishedAfterMs: number | undefined;
  readonly outcome: InteractionOutcome;
  /** As sent through the gateway. */
  readonly payload: APIInteraction;
  /**
   * What the bot sent about it since this Discord was started, oldest first: callbacks, calls with the interaction's
   * token, and what it did about its messages with its own.
   */
  readonly callbacks: readonly RecordedRequest[];
}

export interface RecordedFile {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  /** Hexadecimal; only where files are not kept. */
  readonly sha256?: string;
}

/** Ids and tokens replaced by their names, so that tests and faults can name a route. */
export type RouteTemplate =
  | '/gateway'
  | '/gateway/bot'
  | '/users/@me'
  | '/users/@me/channels'
  | '/applications/@me'
  | '/oauth2/applications/@me'
  | '/applications/{application_id}/commands'
  | '/applications/{application_id}/commands/{command_id}'
  | '/applications/{application_id}/guilds/{guild_id}/commands'
  | '/applications/{application_id}/guilds/{guild_id}/commands/{command_id}'
  | '/interactions/{interaction_id}/{interaction_token}/callback'
  | '/webhooks/{application_id}/{interaction_token}'
  | '/webhooks/{application_id}/{interaction_token}/messages/@original'
  | '/webhooks/{application_id}/{interaction_token}/messages/{message_id}'
  | '/channels/{channel_id}'
  | '/channels/{channel_id}/messages'
  | '/channels/{channel_id}/messages/{message_id}'
  | '/attachments/refresh-urls'
  | '/guilds/{guild_id}'
  /** Downloads of files. Not under `/api`, and not recorded. */
  | '/attachments/{channel_id}/{attachment_id}/{filename}';

export interface RecordedRequest {
  readonly method: string;
  /** `undefined` for a route this Discord does not have. */
  readonly route: RouteTemplate | undefined;
  /** Below `/api/v10`, with its query. Holds tokens: never log it. */
  readonly path: string;
  /** The JSON body, or the parsed `payload_json` of a multipart one; `undefined` without either. */
  readonly body: unknown;
  readonly files: readonly RecordedFile[];
  /** 0 when a fault ended the connection instead. */
  readonly status: number;
  /** The parsed JSON answer; `undefined` when it had none. */
  readonly response: unknown;
  /** Milliseconds since 1970: when the head of the request arrived, and when the answer was handed to the socket. */
  readonly receivedAt: number;
  readonly answeredAt: number;
  /** The interaction whose id or token the path names, or whose message it is about. */
  readonly interactionId: string | undefined;
}

/** How a request goes wrong. Without `status`, `dropConnection` and `delayMs` it answers 500. */
export interface Fault {
  method?: string;
  /** A template, or an expression tried on the template and on the path below `/api/v10`. Absent: every route. */
  route?: RouteTemplate | RegExp;
  /** Only requests that bring files: a result, and no word of progress before it. */
  withFiles?: boolean;
  /** Default 1. */
  times?: number;
  status?: number;
  /** Discord's error code in the answer; default 0. */
  code?: number;
  /** The error's message; default a generic one. */
  message?: string;
  /** Of a 429. */
  retryAfterMs?: number;
  /** Of a 429. Default `user`. */
  scope?: 'user' | 'global' | 'shared';
  /** Waits before it works, or, with `afterWork`, between the work and the answer. Alone it only slows down. */
  delayMs?: number;
  /** Does the work first, so that only the answer is lost. */
  afterWork?: boolean;
  /** Ends the connection instead of answering. */
  dropConnection?: boolean;
}

export interface Faults {
  /** Faults are tried in the order they were added. Returns what takes it away again. */
  add(fault: Fault): () => void;
  clear(): void;
}

export interface GatewayControl {
  /** Identified or resumed, and open. */
  connections(): number;
  /** How often a client identified, and how often one resumed. */
  identifies(): number;
  resumes(): number;
  /** Closes every connection with a gateway close code. */
  disconnect(code: number): void;
  /** Sends the same INTERACTION_CREATE once more. */
  redeliver(interactionId: string): void;
}

export type LocalEvent =
  | {
      type: 'message-created' | 'message-updated' | 'message-deleted';
      channelId: string;
      messageId: string;
      /** Set when only this member can see it. */
      forUserId?: string;
    }
  | { type: 'interaction-updated'; interactionId: string; userId: string }
  | { type: 'channel-deleted'; channelId: string }
  | { type: 'commands-changed' }
  | { type: 'notices-changed' }
  | { type: 'gateway-connected' | 'gateway-disconnected'; connections: number }
  | { type: 'reset' };
