import { AllowedMentionsTypes, MessageFlags } from 'discord-api-types/v10';
import { composeMessage } from './compose-message.ts';
import type { StoredMessage } from './records.ts';
import { refuse } from './refusal.ts';
import type { MessageBody } from './rules/message-body.ts';
import type { State } from './state.ts';
import type { UploadedFile, Uploads } from './uploads.ts';

/** What the request says, and where in it. */
export interface Draft {
  body: MessageBody;
  files: readonly UploadedFile[];
  path?: readonly string[];
  /** Bytes of one file; absent: the local Discord's limit. */
  mostBytes?: number | undefined;
}

/** What the sender of a new message does not decide. */
export type Envelope = Pick<StoredMessage, 'channelId' | 'authorId' | 'type'> &
  Partial<Pick<StoredMessage, 'nonce' | 'reference' | 'metadata' | 'forUserId'>> & {
    /** Added to the sender's: EPHEMERAL or LOADING. */
    extraFlags?: number;
    /** A reply pings whom it replies to. */
    alsoMentions?: string | undefined;
  };

export interface Messages {
  create(envelope: Envelope, draft: Draft): StoredMessage;
  /** The message behind "thinking…". */
  createLoading(envelope: Envelope): StoredMessage;
  edit(message: StoredMessage, draft: Draft, options?: { keepsUnlisted?: boolean }): StoredMessage;
}

interface MessagesOptions {
  state: State;
  uploads: Uploads;
  nextId: () => string;
  now: () => number;
  origin: string;
}

const { Everyone, Role, User } = AllowedMentionsTypes;

/** Makes and changes messages; throws a `Refusal` where Discord would refuse, and then nothing has changed. */
export function createMessages({ state, uploads, nextId, now, origin }: MessagesOptions): Messages {
  function save(message: StoredMessage): StoredMessage {
    state.saveMessage(message);
    return message;
  }

  /** Throws 10003 when the channel is gone. */
  function open({ extraFlags = 0, alsoMentions: _, ...envelope }: Envelope): StoredMessage {
    if (!state.channel(envelope.channelId)) throw refuse('unknownChannel');
    return {
      ...envelope,
      id: nextId(),
      revision: 0,
      createdAt: now(),
      flags: extraFlags,
      content: '',
      embeds: [],
      components: [],
      attachments: [],
      mentions: [],
      mentionEveryone: false,
    };
  }

  return {
    create(envelope, { body, files, path = [], mostBytes }) {
      const attachments = uploads.describe(files, mostBytes);
      const isResponse = envelope.metadata !== undefined;
      const parts = composeMessage({
        body,
        uploads: attachments,
        keepsUnlisted: true,
        defaultMentions: isResponse ? [User] : [Everyone, Role, User],
        path,
        origin,
      });
      const message = open(envelope);
      const { alsoMentions } = envelope;
      const mentions =
        alsoMentions && !parts.mentions.includes(alsoMentions) ? [...parts.mentions, alsoMentions] : parts.mentions;
      uploads.keep(files, attachments, parts.attachments);
      return save({ ...message, ...parts, mentions, flags: parts.flags | message.flags });
    },

    createLoading: (envelope) => save(open(envelope)),

    edit(message, { body, files, path = [], mostBytes }, { keepsUnlisted = true } = {}) {
      const attachments = uploads.describe(files, mostBytes);
      const parts = composeMessage({
        current: message,
        body,
        uploads: attachments,
        keepsUnlisted,
        defaultMentions: [User],
        path,
        origin,
      });
      uploads.keep(files, attachments, parts.attachments);
      // Filling in a message that was loading is not an edit to its readers.
      const editedAt = message.flags & MessageFlags.Loading ? undefined : now();
      return save({ ...message, ...parts, editedAt, revision: message.revision + 1 });
    },
  };
}
