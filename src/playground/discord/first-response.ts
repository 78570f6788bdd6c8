import { InteractionResponseType, MessageFlags, MessageType } from 'discord-api-types/v10';
import { INTERACTION_TYPES } from './interaction-payload.ts';
import type { Envelope, Messages } from './messages.ts';
import { parseBody } from './parse.ts';
import type { StoredInteraction, StoredMessage, StoredResponse } from './records.ts';
import { type Refusal, refuse, refuseBody } from './refusal.ts';
import type { CallbackBody } from './rules/message-body.ts';
import { modalBody } from './rules/modal.ts';
import type { State } from './state.ts';
import type { UploadedFile } from './uploads.ts';
import { WORLD } from './world.ts';

const { Ephemeral, Loading } = MessageFlags;

export interface FirstAnswer {
  response: StoredResponse;
  /** The message it made or changed. */
  original?: StoredMessage;
  /** What `@original` is from now on. */
  originalId: string | undefined;
}

/** Does what a callback asks for; throws a `Refusal` for one that does not fit the interaction. */
export function giveFirstAnswer(
  { state, messages }: { state: State; messages: Messages },
  interaction: StoredInteraction,
  callback: CallbackBody,
  files: readonly UploadedFile[],
): FirstAnswer {
  checkAllowed(interaction, callback);
  const path = ['data'];
  const mostBytes = interaction.attachmentSizeLimit;
  const withMessage = (type: 'message' | 'thinking' | 'update', original: StoredMessage): FirstAnswer => ({
    response: { type },
    original,
    originalId: original.id,
  });
  switch (callback.type) {
    case InteractionResponseType.ChannelMessageWithSource: {
      const envelope = buildEnvelope(interaction, (callback.data.flags ?? 0) & Ephemeral);
      return withMessage('message', messages.create(envelope, { body: callback.data, files, path, mostBytes }));
    }
    case InteractionResponseType.DeferredChannelMessageWithSource:
      return withMessage(
        'thinking',
        messages.createLoading(buildEnvelope(interaction, (callback.data?.flags ?? 0) | Loading)),
      );
    case InteractionResponseType.DeferredMessageUpdate:
      return { response: { type: 'update-later' }, originalId: interaction.sourceMessageId };
    case InteractionResponseType.UpdateMessage: {
      const source = state.message(interaction.sourceMessageId ?? '');
      if (!source) throw refuse('unknownMessage');
      const draft = { body: callback.data, files, path, mostBytes };
      // Unlike any other edit (discord-api-docs issue 6277, 2023-07).
      return withMessage('update', messages.edit(source, draft, { keepsUnlisted: false }));
    }
    case InteractionResponseType.Modal:
      return { response: { type: 'modal', modal: parseBody(modalBody, callback.data, path) }, originalId: undefined };
    case InteractionResponseType.ApplicationCommandAutocompleteResult:
      return { response: { type: 'choices', choices: callback.data.choices }, originalId: undefined };
    case InteractionResponseType.Pong:
      throw refuseType('This interaction is not a ping');
  }
}

/** What the messages that answer an interaction have in common. */
export function buildEnvelope(interaction: StoredInteraction, flags: number): Envelope {
  const { channelId, userId, metadata, sourceMessageId, payload } = interaction;
  const target = 'target_message_id' in metadata ? metadata.target_message_id : undefined;
  const answers = sourceMessageId ?? target;
  return {
    channelId,
    authorId: WORLD.bot.id,
    type: sourceMessageId ? MessageType.Reply : target ? MessageType.ContextMenuCommand : MessageType.ChatInputCommand,
    metadata,
    extraFlags: flags,
    ...(answers && {
      reference: {
        type: 0,
        channel_id: channelId,
        message_id: answers,
        ...(payload.guild_id && { guild_id: payload.guild_id }),
      },
    }),
    ...(flags & Ephemeral && { forUserId: userId }),
  };
}

/** docs: Receiving and Responding, Interaction Callback Type (2026-08). */
function checkAllowed({ kind, sourceMessageId }: StoredInteraction, { type }: CallbackBody): void {
  const isChoices = type === InteractionResponseType.ApplicationCommandAutocompleteResult;
  if ((kind === 'autocomplete') !== isChoices) {
    throw refuseType(`Not a response to an interaction of type ${INTERACTION_TYPES[kind]}`);
  }
  if (type === InteractionResponseType.Modal && kind === 'modal') throw refuseType('A modal cannot answer a modal');
  const isUpdate =
    type === InteractionResponseType.DeferredMessageUpdate || type === InteractionResponseType.UpdateMessage;
  if (isUpdate && sourceMessageId === undefined) throw refuseType('There is no message to update');
}

function refuseType(message: string): Refusal {
  return refuseBody([{ path: ['type'], code: 'INTERACTION_CALLBACK_TYPE_INVALID', message }]);
}
