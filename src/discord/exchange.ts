import type { REST } from 'discord.js';
import { InteractionResponseType, MessageFlags, Routes } from 'discord-api-types/v10';
import { type Acknowledgement, acknowledge } from './acknowledge.ts';
import { countBytes, fitFiles } from './fit-files.ts';
import type { Invocation } from './interaction.ts';
import { buildMessage, type Reply } from './reply.ts';
import { sendFitting } from './send-fitting.ts';

/** A first answer has three seconds, so heavier files follow it. */
const MOST_FIRST_BYTES = 256 * 1024;

export type Exchange = ReturnType<typeof createExchange>;

/** One interaction's answers in their order: the first within three seconds, the others as edits of it. */
export function createExchange(
  { rest, onceRest }: { rest: REST; onceRest: REST },
  invocation: Invocation,
  onAcknowledged: () => void,
) {
  let sent: { readonly type: number; readonly acknowledgement: Acknowledgement } | undefined;

  async function first(
    body: { type: number; data?: object },
    files: Parameters<typeof acknowledge>[3] = [],
  ): Promise<Acknowledgement> {
    if (sent !== undefined) return sent.acknowledgement;
    const acknowledgement = await acknowledge(onceRest, invocation, body, files);
    sent = { type: body.type, acknowledgement };
    onAcknowledged();
    return acknowledgement;
  }

  function defer(ephemeral: boolean): Promise<Acknowledgement> {
    return first({
      type: InteractionResponseType.DeferredChannelMessageWithSource,
      ...(ephemeral ? { data: { flags: MessageFlags.Ephemeral } } : {}),
    });
  }

  async function build(reply: Reply) {
    return buildMessage(await fitFiles(reply, invocation.attachmentSizeLimit));
  }

  /** An edit of the first answer, or of the message that carries the button. */
  async function edit(reply: Reply): Promise<void> {
    const { applicationId, token, attachmentSizeLimit } = invocation;
    await sendFitting(reply, attachmentSizeLimit, ({ body, files }) =>
      rest.patch(Routes.webhookMessage(applicationId, token), { auth: false, body, files }),
    );
  }

  return {
    first,
    defer,
    /** Nothing visible; `@original` is then the message that carries the button. */
    deferUpdate: () => first({ type: InteractionResponseType.DeferredMessageUpdate }),
    /** The first answer when there was none yet, else an edit of it. */
    async reply(reply: Reply, ephemeral: boolean): Promise<void> {
      if (sent === undefined && countBytes(reply) > MOST_FIRST_BYTES) await defer(ephemeral);
      if (sent === undefined) {
        const { body, files } = await build(reply);
        const flags = ephemeral ? body.flags | MessageFlags.Ephemeral : body.flags;
        await first({ type: InteractionResponseType.ChannelMessageWithSource, data: { ...body, flags } }, files);
      } else if (sent.acknowledgement.kind === 'refused' || sent.acknowledgement.kind === 'elsewhere') {
        return;
      } else if (sent.type === InteractionResponseType.DeferredMessageUpdate) {
        // `@original` is the message that carries the button here, and pressing never changes it.
        const { body, files } = await build(reply);
        await onceRest.post(Routes.webhook(invocation.applicationId, invocation.token), {
          auth: false,
          body: { ...body, flags: body.flags | MessageFlags.Ephemeral },
          files,
        });
      } else {
        await edit(reply);
      }
    },
    /** The message that carries the button shows this instead. */
    async update(reply: Reply): Promise<void> {
      const { kind } = await first({ type: InteractionResponseType.DeferredMessageUpdate });
      if (kind !== 'refused' && kind !== 'elsewhere') await edit(reply);
    },
  };
}
