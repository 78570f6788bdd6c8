import { PermissionFlagsBits } from 'discord-api-types/v10';
import { defineButtons, type HandlerOutcome, type Press } from '../src/discord/handlers.ts';
import { may } from '../src/discord/permissions.ts';
import { presentInfo } from '../src/discord/present.ts';
import { InvalidInputError } from '../src/errors.ts';
import { carryOver } from '../src/generation/carry-over.ts';
import { findVariationOffer } from '../src/generation/choose-offer.ts';
import type { OfferRecord } from '../src/generation/offer-record.ts';
import type { Generation, GenerationKind } from '../src/generation/record.ts';
import { type GenerationRequest, STRENGTH_RANGE } from '../src/generation/request.ts';
import type { Services } from '../src/services.ts';
import { again } from './again.ts';
import { editModal } from './edit.modal.ts';
import { originOf } from './origin.ts';
import { isThereFor, outcomeOf, resultGone } from './outcome.ts';
import { showBeside } from './recent.ts';

/**
 * The buttons under every result. Anyone may press them, on their own account; Delete asks who, and so do all of them
 * where the result is private.
 */
export const resultButtons = defineButtons({
  family: 'result',
  actions: ['regenerate', 'variation', 'edit', 'info', 'delete'],

  // What comes of a private result stays private.
  ephemeral: ({ target, message }) => target.action === 'info' || message.ephemeral,

  first: ({ target }) => (target.action === 'edit' ? 'modal' : target.action === 'delete' ? 'update' : 'message'),

  async run(press, services) {
    const { store, offers, submit, drawSeed, sealToken } = services;
    const { target } = press;
    const source = await store.generations.find(target.generationId);
    if (target.action === 'delete') return erase(source, press, services);
    if (source?.painted === undefined || !isThereFor(source, press.userId)) throw resultGone();
    if (target.action === 'info') return { kind: 'reply', reply: presentInfo(source, source.painted, press.locale) };
    if (source.erased) throw resultGone();
    if (target.action === 'edit') return { kind: 'modal', modal: editModal(source, press.locale) };

    const index = target.index ?? 0;
    const seed = drawSeed();
    const made: { kind: GenerationKind; request: GenerationRequest } =
      target.action === 'regenerate'
        ? { kind: 'regenerate', request: { ...again(source), seed, seedGiven: false } }
        : { kind: 'variation', request: { ...variationOf(source, press, index, offers()), seed, seedGiven: false } };
    const admitted = await submit({
      origin: originOf(press, { ephemeral: press.message.ephemeral, sealToken }),
      ...made,
      parentId: source.id,
      parentIndex: target.action === 'variation' ? index : undefined,
    });
    return outcomeOf(admitted, press.id);
  },
});

/** What Discord still shows is not erased: the message goes first. */
async function erase(
  source: Generation | undefined,
  press: Press,
  services: Pick<Services, 'store' | 'offers' | 'readPictures' | 'deleteMessage'>,
): Promise<HandlerOutcome> {
  if (source?.userId !== press.userId && !mayModerate(source, press)) {
    throw new InvalidInputError('not the owner', { sentence: { key: 'not-yours-to-delete' } });
  }
  if (source === undefined) return { kind: 'delete-message' };
  if (press.message.id === source.messageId) return { kind: 'delete-message', erases: source.id };
  // It was pressed on another message, such as the one of /recent, where its member goes on leafing.
  const { ephemeral, channelId, messageId } = source;
  if (!ephemeral && messageId !== undefined) await services.deleteMessage({ channelId, messageId });
  if (!press.message.ephemeral) return { kind: 'delete-message', erases: source.id };
  await services.store.generations.erase(source.id);
  return { kind: 'update', reply: await showBeside(source, press, services) };
}

/** Whoever manages messages does so in one server. A result nobody knows any more is what the message shows. */
function mayModerate(source: Generation | undefined, { guildId, memberPermissions }: Press): boolean {
  const isHere = source === undefined || (!source.ephemeral && source.guildId === guildId);
  return isHere && may(memberPermissions, PermissionFlagsBits.ManageMessages);
}

/** One picture under the button, painted on from. */
function variationOf(
  source: Generation,
  press: Press,
  index: number,
  offers: readonly OfferRecord[],
): GenerationRequest {
  const { request, painted } = source;
  const offer = findVariationOffer({ model: painted?.model ?? request.model, provider: request.provider }, offers);
  if (offer === undefined) throw new InvalidInputError('nothing can vary this', { sentence: { key: 'no-variation' } });
  const { message } = press;
  const url = message.pictures[index];
  return {
    prompt: request.prompt,
    model: offer.model,
    // A member who pinned a provider keeps it where it can do this too.
    ...(offer.model === request.model && offer.provider === request.provider ? { provider: request.provider } : {}),
    mode: 'image-to-image',
    aspect: request.aspect,
    seed: request.seed,
    seedGiven: false,
    count: 1,
    ...carryOver(request, offer, 'image-to-image'),
    strength: request.strength ?? STRENGTH_RANGE.variation,
    initImage: {
      url,
      generationId: source.id,
      index,
      // Nobody can ask Discord for a private message again.
      ...(message.ephemeral ? {} : { channelId: message.channelId, messageId: message.id }),
    },
  };
}
