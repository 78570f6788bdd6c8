import { type APIMessage, MessageFlags } from 'discord-api-types/v10';
import {
  type FirstResponse,
  FORGOTTEN,
  type Interaction,
  type InteractionOutcome,
  type InteractionRecord,
  type Limits,
  NO_RESPONSE,
} from './contract.ts';
import type { Events } from './events.ts';
import type { Presenter } from './present.ts';
import { isProgress, textsOf } from './progress.ts';
import type { Recorder } from './recorder.ts';
import type { StoredInteraction, StoredMessage } from './records.ts';
import type { State } from './state.ts';

/** Interactions as their member, the tests and the page see them. */
export interface InteractionHandles {
  handle(id: string): Interaction | undefined;
  record(interaction: StoredInteraction): InteractionRecord;
}

interface InteractionHandlesOptions {
  state: State;
  events: Events;
  presenter: Presenter;
  recorder: Recorder;
  isTokenAlive: (interaction: StoredInteraction) => boolean;
  limits: Limits;
}

export function createInteractionHandles({
  state,
  events,
  presenter,
  recorder,
  isTokenAlive,
  limits,
}: InteractionHandlesOptions): InteractionHandles {
  function getInteraction(id: string): StoredInteraction {
    const interaction = state.interaction(id);
    if (!interaction) throw new Error(`The interaction ${id} was forgotten.`);
    return interaction;
  }

  function originalOf({ originalId }: StoredInteraction): StoredMessage | undefined {
    return state.message(originalId ?? '');
  }

  function outcomeOf(interaction: StoredInteraction): InteractionOutcome {
    const { failed, response, changedAt } = interaction;
    if (failed) return 'failed';
    if (!response) return 'waiting';
    const original = originalOf(interaction);
    const unfilled =
      response.type === 'thinking' && original !== undefined && (original.flags & MessageFlags.Loading) !== 0;
    if (unfilled) return isTokenAlive(interaction) ? 'acknowledged' : 'failed';
    // The bot's own token can end this as well, however late.
    if (original !== undefined && isProgress(original)) return 'acknowledged';
    const untouched = response.type === 'update-later' && original !== undefined && changedAt === undefined;
    return untouched ? 'acknowledged' : 'finished';
  }

  function firstResponse(interaction: StoredInteraction | undefined): FirstResponse | undefined {
    if (!interaction) return { type: 'failed', failed: FORGOTTEN };
    const { id, failed, response } = interaction;
    if (failed) return { type: 'failed', failed: NO_RESPONSE };
    if (!response || response.type === 'modal' || response.type === 'choices') return response;
    if (response.type === 'update-later') return { type: 'update-later' };
    const message = recorder.firstOf(id) ?? originalOf(interaction);
    return message
      ? { type: response.type, message: presenter.message(message) }
      : { type: 'failed', failed: 'The response was deleted' };
  }

  /** `undefined` while the member still waits; throws when there is nothing to wait for. */
  function finalMessage(interaction: StoredInteraction): APIMessage | undefined {
    const outcome = outcomeOf(interaction);
    if (outcome === 'failed') throw new Error(`${NO_RESPONSE} (${interaction.name}).`);
    if (outcome !== 'finished') return undefined;
    const original = originalOf(interaction);
    if (!original) throw new Error(`The response to ${interaction.name} was deleted, or is no message.`);
    return presenter.message(original);
  }

  function formTitleOf({ metadata }: StoredInteraction): string | undefined {
    if (!('triggering_interaction_metadata' in metadata)) return undefined;
    const opener = state.interaction(metadata.triggering_interaction_metadata.id)?.response;
    return opener?.type === 'modal' ? opener.modal.title : undefined;
  }

  function record(interaction: StoredInteraction): InteractionRecord {
    const { id, kind, name, userId, channelId, createdAt, payload, acknowledgedAt, changedAt } = interaction;
    const outcome = outcomeOf(interaction);
    return {
      id,
      kind,
      name,
      formTitle: formTitleOf(interaction),
      userId,
      channelId,
      createdAt,
      acknowledgedAfterMs: acknowledgedAt === undefined ? undefined : acknowledgedAt - createdAt,
      finishedAfterMs: outcome === 'finished' && changedAt !== undefined ? changedAt - createdAt : undefined,
      outcome,
      payload,
      callbacks: recorder.callbacksOf(id),
    };
  }

  return {
    record,
    handle(id) {
      const known = state.interaction(id);
      if (!known) return undefined;
      const { token, userId, channelId, name } = known;
      return {
        id,
        token,
        userId,
        channelId,
        response: () =>
          events.until(() => firstResponse(state.interaction(id)), { withinMs: limits.interactionMs * 2 }),
        message() {
          const original = originalOf(getInteraction(id));
          return original && presenter.message(original);
        },
        final: (waiting) =>
          events.until(
            () => finalMessage(getInteraction(id)),
            waiting,
            () => describe(getInteraction(id)),
          ),
        followUps: () =>
          getInteraction(id).followUpIds.flatMap((messageId) => {
            const message = state.message(messageId);
            return message ? [presenter.message(message)] : [];
          }),
        record: () => record(getInteraction(id)),
      };

      function describe(interaction: StoredInteraction): string {
        const original = originalOf(interaction);
        const text = original && textsOf(original).join(' / ');
        return `${name} is ${outcomeOf(interaction)}${text ? `; its message reads: ${text}` : ''}.`;
      }
    },
  };
}
