import { type APIMessage, InteractionResponseType, MessageFlags } from 'discord-api-types/v10';
import { INTERACTION_TYPES } from '../interaction-payload.ts';
import type { Interactions } from '../interactions.ts';
import { parseBody } from '../parse.ts';
import type { Presenter } from '../present.ts';
import type { StoredInteraction, StoredMessage } from '../records.ts';
import type { ApiRequest, Route } from '../router.ts';
import { callbackBody, messageBody } from '../rules/message-body.ts';

interface InteractionRoutesOptions {
  interactions: Interactions;
  presenter: Presenter;
}

/** The first response, and what an interaction's token may do for its quarter of an hour. No bot token needed. */
export function interactionRoutes({ interactions, presenter }: InteractionRoutesOptions): Route[] {
  const show = (message: StoredMessage) => ({ status: 200, body: presenter.message(message) });
  const authorize = ({ param }: ApiRequest) =>
    interactions.authorize(param('application_id'), param('interaction_token'));
  const draftOf = ({ body, files }: ApiRequest) => ({ body: parseBody(messageBody, body), files });

  /** The same for `@original` and for a message's id. */
  function both(
    method: 'GET' | 'PATCH' | 'DELETE',
    handle: (request: ApiRequest, messageId: string) => ReturnType<Route['handle']>,
  ): Route[] {
    const base = '/webhooks/{application_id}/{interaction_token}/messages';
    return [
      { method, template: `${base}/@original`, access: 'token', handle: (request) => handle(request, '@original') },
      {
        method,
        template: `${base}/{message_id}`,
        access: 'token',
        handle: (request) => handle(request, request.param('message_id')),
      },
    ];
  }

  return [
    {
      method: 'POST',
      template: '/interactions/{interaction_id}/{interaction_token}/callback',
      access: 'token',
      handle({ param, query, body, files }) {
        const id = param('interaction_id');
        const { interaction, message } = interactions.answer(
          id,
          param('interaction_token'),
          () => parseBody(callbackBody, body),
          files,
        );
        if (query.get('with_response') !== 'true') return { status: 204 };
        return { status: 200, body: describeCallback(interaction, message && presenter.message(message)) };
      },
    },
    {
      method: 'POST',
      template: '/webhooks/{application_id}/{interaction_token}',
      access: 'token',
      handle: (request) => show(interactions.followUp(authorize(request), draftOf(request))),
    },
    ...both('GET', (request, messageId) => show(interactions.messageOf(authorize(request), messageId))),
    ...both('PATCH', (request, messageId) => show(interactions.edit(authorize(request), messageId, draftOf(request)))),
    ...both('DELETE', (request, messageId) => {
      interactions.remove(authorize(request), messageId);
      return { status: 204 };
    }),
  ];
}

const RESPONSE_TYPES = {
  message: InteractionResponseType.ChannelMessageWithSource,
  thinking: InteractionResponseType.DeferredChannelMessageWithSource,
  'update-later': InteractionResponseType.DeferredMessageUpdate,
  update: InteractionResponseType.UpdateMessage,
  modal: InteractionResponseType.Modal,
  choices: InteractionResponseType.ApplicationCommandAutocompleteResult,
} as const satisfies Record<NonNullable<StoredInteraction['response']>['type'], InteractionResponseType>;

/** docs: Receiving and Responding, Interaction Callback Response Object (2026-08). */
function describeCallback({ id, kind, response, originalId }: StoredInteraction, message: APIMessage | undefined) {
  const type = RESPONSE_TYPES[response?.type ?? 'message'];
  const hasResource = response?.type === 'message' || response?.type === 'update';
  return {
    interaction: {
      id,
      type: INTERACTION_TYPES[kind],
      ...(originalId && { response_message_id: originalId }),
      ...(message && {
        response_message_loading: ((message.flags ?? 0) & MessageFlags.Loading) !== 0,
        response_message_ephemeral: ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0,
      }),
    },
    resource: { type, ...(hasResource && message && { message }) },
  };
}
