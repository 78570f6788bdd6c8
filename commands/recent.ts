import { z } from 'zod';
import { buildCustomId } from '../src/discord/custom-id.ts';
import { defineButtons, defineCommand, type Press } from '../src/discord/handlers.ts';
import { presentResult } from '../src/discord/present.ts';
import type { Reply, ReplyButton } from '../src/discord/reply.ts';
import type { Generation } from '../src/generation/record.ts';
import { type Sentence, speak } from '../src/language/index.ts';
import type { Services } from '../src/services.ts';
import { describePlain } from './everywhere.ts';

/** How far back one can leaf. */
const MOST_PICTURES = 25;
const READ_WITHIN_MS = 20_000;

/** /recent: my last pictures, private ones and those that could not be delivered included. */
export const recent = defineCommand({
  name: 'recent',
  describe: () => describePlain('recent'),
  input: z.object({}),
  ephemeral: () => true,
  async run(call, services) {
    const mine = await services.store.generations.recentOf(call.userId, { most: MOST_PICTURES });
    const [newest] = mine;
    if (newest === undefined) return { kind: 'reply', reply: { text: speak(call.locale, { key: 'recent-none' }) } };
    return { kind: 'reply', reply: await show(newest, mine, call.locale, services) };
  },
});

/** Leafing through them, in the same private message. */
export const recentButtons = defineButtons({
  family: 'recent',
  actions: ['show'],
  ephemeral: () => true,
  first: () => 'update',
  async run(press, services) {
    const mine = await services.store.generations.recentOf(press.userId, { most: MOST_PICTURES });
    const wanted = mine.find(({ id }) => id === press.target.generationId) ?? mine[0];
    if (wanted === undefined) return { kind: 'update', reply: { text: speak(press.locale, { key: 'recent-none' }) } };
    return { kind: 'update', reply: await show(wanted, mine, press.locale, services) };
  },
});

/** What the same message shows once a picture was deleted there: the one before it, else the one after it. */
export async function showBeside(
  { createdAt }: Generation,
  { userId, locale }: Pick<Press, 'userId' | 'locale'>,
  services: Pick<Services, 'store' | 'readPictures' | 'offers'>,
): Promise<Reply> {
  const mine = await services.store.generations.recentOf(userId, { most: MOST_PICTURES });
  const beside = mine.find((other) => other.createdAt <= createdAt) ?? mine.at(-1);
  return beside === undefined ? { text: speak(locale, { key: 'recent-none' }) } : show(beside, mine, locale, services);
}

async function show(
  generation: Generation,
  mine: readonly Generation[],
  locale: string,
  { readPictures, offers }: Pick<Services, 'readPictures' | 'offers'>,
): Promise<Reply> {
  const pictures = await readPictures(generation, AbortSignal.timeout(READ_WITHIN_MS));
  const { painted } = generation;
  const reply = painted === undefined ? {} : presentResult({ ...generation, locale }, painted, pictures, offers());
  const position = mine.indexOf(generation);
  // Both, wherever one stands: a button that jumps away is pressed by mistake.
  const leaf = (label: Sentence, to: Generation | undefined): ReplyButton => ({
    label: speak(locale, label),
    customId: buildCustomId({ family: 'recent', action: 'show', generationId: (to ?? generation).id }),
    disabled: to === undefined,
  });
  const leafing =
    mine.length === 1
      ? []
      : [[leaf({ key: 'button-newer' }, mine[position - 1]), leaf({ key: 'button-older' }, mine[position + 1])]];
  return {
    ...reply,
    small: [...(reply.small ?? []), ...(pictures.length === 0 ? [speak(locale, { key: 'recent-lost' })] : [])],
    buttons: [...(reply.buttons ?? []), ...leafing],
  };
}
