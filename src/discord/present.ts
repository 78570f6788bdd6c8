import { escapeMarkdown } from 'discord.js';
import { findVariationOffer, offerName, SKETCH } from '../generation/choose-offer.ts';
import type { OfferRecord } from '../generation/offer-record.ts';
import type { Failure, Generation, Painted } from '../generation/record.ts';
import { describeCommand } from '../language/commands.ts';
import { type Sentence, speak } from '../language/index.ts';
import { extensionOf, sniffMediaType } from '../pixels/media-type.ts';
import { buildCustomId } from './custom-id.ts';
import { factsLine, formatPrice, formatSeconds, formatSeeds } from './facts.ts';
import { cutText, type Reply, type ReplyButton } from './reply.ts';

/** The prompt above a picture: one line, cut so that it never outgrows the picture. */
const HEADLINE = { characters: 400, bytes: 1_600 } as const;
/** A prompt in Info, and the line that repeats it; longer ones go into a file. */
const INFO_PROMPT = { characters: 1_200, bytes: 3_000 } as const;
const INFO_LINE = { characters: 1_500, bytes: 4_000 } as const;

/** A member's words, shown as they wrote them: on one line, nothing formatted, nobody mentioned, no link in our name. */
export function inert(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replaceAll('://', ':\u200b//');
  return (
    escapeMarkdown(line, { heading: true, bulletedList: true, numberedList: true })
      // Every bracket: discord.js escapes only the first link of several.
      .replaceAll('[', '\\[')
      .replace(/@/g, '@\u200b')
      .replace(/<([#/:a-z])/gi, '<\u200b$1')
  );
}

/** The finished message: pictures, prompt, facts, and the buttons that lead on. */
export function presentResult(
  { id, locale, request, erased }: Generation,
  painted: Painted,
  images: readonly { index: number; bytes: Buffer }[],
  offers: readonly OfferRecord[],
): Reply {
  const say = (sentence: Sentence) => speak(locale, sentence);
  const notes: Sentence[] = [
    ...painted.notes,
    ...(painted.withheld > 0 ? [{ key: 'note-withheld', values: { count: painted.withheld } } as const] : []),
    ...(painted.missing > 0 ? [{ key: 'note-missing', values: { count: painted.missing } } as const] : []),
  ];
  return {
    ...(erased ? {} : { text: `**${cutText(inert(request.prompt), HEADLINE)}**` }),
    pictures: images.map(({ index, bytes }) => ({
      name: `easel-${id}-${index + 1}.${extensionOf(sniffMediaType(bytes) ?? 'image/png')}`,
      bytes,
      ...(erased ? {} : { description: request.prompt }),
    })),
    small: [
      factsLine(locale, painted, request.mode === 'text-to-image' ? undefined : strengthUsed(request, painted)),
      ...notes.map(say),
    ],
    buttons: buttonRows(id, locale, painted.model, images.length, offers),
  };
}

/** Regenerate and a variation of each picture; then Edit prompt, Info and Delete. */
export function buttonRows(
  generationId: string,
  locale: string,
  model: string,
  pictures: number,
  offers: readonly OfferRecord[],
): ReplyButton[][] {
  const button = (action: string, label: Sentence, rest: Partial<ReplyButton> = {}, index?: number): ReplyButton => ({
    label: speak(locale, label),
    customId: buildCustomId({ family: 'result', action, generationId, index }),
    ...rest,
  });
  // Where nothing here can vary a picture the buttons are not shown.
  const variations = findVariationOffer({ model }, offers) === undefined ? 0 : pictures;
  return [
    [
      button('regenerate', { key: 'button-regenerate' }, { style: 'primary' }),
      ...Array.from({ length: variations }, (_, index) =>
        button('variation', { key: 'button-variation', values: { number: index + 1 } }, {}, index),
      ),
    ],
    [
      button('edit', { key: 'button-edit' }),
      button('info', { key: 'button-info' }),
      button('delete', { key: 'button-delete' }, { style: 'danger' }),
    ],
  ];
}

/** One sentence that says what to do next, and a way to try again where that can help. */
export function presentFailure({ id, locale }: Pick<Generation, 'id' | 'locale'>, { code, sentence }: Failure): Reply {
  const isFinal = code === 'invalid-input' || code === 'rejected' || code === 'cancelled';
  return {
    text: speak(locale, sentence),
    ...(isFinal
      ? {}
      : {
          buttons: [
            [
              {
                label: speak(locale, { key: 'button-retry' }),
                customId: buildCustomId({ family: 'job', action: 'retry', generationId: id }),
                style: 'primary' as const,
              },
            ],
          ],
        }),
  };
}

/** Why something was refused, and the words its member had found for it, so that they are not written twice. */
export function presentRefusal(sentence: Sentence, locale: string, words?: string): Reply {
  const text = speak(locale, sentence);
  if (words === undefined) return { text };
  const isShort = cutText(words, INFO_PROMPT) === words;
  return isShort && !words.includes('```')
    ? { text: `${text}\n${speak(locale, { key: 'your-words' })}\n\`\`\`\n${words}\n\`\`\`` }
    : {
        text: `${text}\n${speak(locale, { key: 'your-words-file' })}`,
        files: [{ name: 'prompt.txt', bytes: Buffer.from(`${words}\n`) }],
      };
}

/** Everything needed to repeat a picture. */
export function presentInfo(generation: Generation, painted: Painted, locale: string): Reply {
  const say = (sentence: Sentence) => speak(locale, sentence);
  const { request, erased } = generation;
  const { prompt, negativePrompt } = request;
  const shown = inert(prompt);
  const promptFits = cutText(shown, INFO_PROMPT) === shown;
  const seeds = formatSeeds(painted.seeds);
  const strength = strengthUsed(request, painted);
  const options = optionsOf(generation, painted);
  const line = `/imagine ${options.join(' ')}`;
  const canPaste = promptFits && cutText(line, INFO_LINE) === line && [prompt, negativePrompt ?? ''].every(canBePasted);
  const lines: string[] = [
    `### ${say({ key: 'info-title' })}`,
    promptLine(),
    ...(negativePrompt === undefined || erased
      ? []
      : [
          say({
            key: 'info-negative',
            values: { prompt: cutText(inert(negativePrompt), { characters: 300, bytes: 900 }) },
          }),
        ]),
    say({ key: 'info-model', values: { model: painted.model, provider: painted.providerLabel } }),
    ...(painted.model === SKETCH ? [say({ key: 'info-sketch' })] : []),
    say({ key: 'info-size', values: { size: `${painted.width}×${painted.height}`, aspect: request.aspect } }),
    ...(painted.inferenceSteps === undefined
      ? []
      : [say({ key: 'info-steps', values: { steps: painted.inferenceSteps } })]),
    seeds === undefined
      ? say({ key: 'info-seed-theirs', values: { provider: painted.providerLabel } })
      : say({ key: 'info-seed', values: { seeds } }),
    ...(request.guidanceScale === undefined
      ? []
      : [say({ key: 'info-guidance', values: { guidance: request.guidanceScale } })]),
    ...(strength === undefined ? [] : [say({ key: 'info-strength', values: { strength } })]),
    ...(request.initImage === undefined ? [] : [say({ key: 'info-image' })]),
    say({ key: 'info-cost', values: { cost: formatPrice(locale, painted.costMicroUsd) } }),
    say({ key: 'info-time', values: { seconds: formatSeconds(painted.paintingMs) } }),
    say({
      key: 'info-asked-by',
      values: { user: `<@${generation.userId}>`, when: `<t:${Math.floor(generation.createdAt / 1000)}:f>` },
    }),
    ...(painted.reason === undefined ? [] : [say({ key: 'info-reason', values: { reason: say(painted.reason) } })]),
    ...(erased
      ? []
      : [canPaste ? `${say({ key: 'info-repeat' })}\n\`\`\`\n${line}\n\`\`\`` : say({ key: 'info-repeat-file' })]),
  ];
  return {
    text: lines.join('\n'),
    ...(erased || canPaste
      ? {}
      : { files: [{ name: `easel-${generation.id}-prompt.txt`, bytes: Buffer.from(`${options.join('\n')}\n`) }] }),
  };

  function promptLine(): string {
    if (erased) return say({ key: 'info-erased' });
    return promptFits ? say({ key: 'info-prompt', values: { prompt: shown } }) : say({ key: 'info-prompt-file' });
  }
}

/** What asks for the same again: the options of /imagine, each as it is typed, word for word. */
function optionsOf({ request }: Generation, painted: Painted): string[] {
  const seed = painted.seeds[0] ?? request.seed;
  const strength = strengthUsed(request, painted);
  return [
    `prompt: ${request.prompt}`,
    `model: ${offerName(painted)}`,
    ...(request.aspect === undefined ? [] : [`aspect: ${request.aspect}`]),
    `seed: ${seed}`,
    ...(painted.inferenceSteps === undefined ? [] : [`steps: ${painted.inferenceSteps}`]),
    ...(request.count === 1 ? [] : [`count: ${request.count}`]),
    ...(request.guidanceScale === undefined ? [] : [`guidance: ${request.guidanceScale}`]),
    ...(request.negativePrompt === undefined ? [] : [`negative: ${request.negativePrompt}`]),
    ...(strength === undefined || request.initImage === undefined ? [] : [`strength: ${strength}`]),
  ];
}

const OPTION_NAMES = Object.values(describeCommand('imagine').options).map(({ name }) => name);
const READS_AS_OPTION = new RegExp(`\\b(${OPTION_NAMES.join('|')}):`, 'i');

/** Whether a text comes out of the message box, and of a block of code, as it went in. */
function canBePasted(text: string): boolean {
  return text === text.replace(/\s+/g, ' ').trim() && !READS_AS_OPTION.test(text) && !text.includes('```');
}

/** `undefined` as well where the provider has no dial for it, and a note says so. */
function strengthUsed({ strength }: Generation['request'], { notes }: Painted): number | undefined {
  return notes.some(({ key }) => key === 'note-strength') ? undefined : strength;
}
