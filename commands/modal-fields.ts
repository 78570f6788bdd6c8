import { type APILabelComponent, ComponentType, TextInputStyle } from 'discord-api-types/v10';
import { z } from 'zod';
import { InvalidInputError } from '../src/errors.ts';
import { MOST_PROMPT_CHARACTERS, REFUSALS, SEED_RANGE, strength } from '../src/generation/request.ts';
import { speak } from '../src/language/index.ts';

/*
 * The fields of our forms, as they are shown and as they are read. Numbers are typed as text; an empty field is
 * `undefined`.
 */

export function promptField(locale: string, value?: string): APILabelComponent {
  return {
    type: ComponentType.Label,
    label: speak(locale, { key: 'modal-prompt' }),
    component: {
      type: ComponentType.TextInput,
      custom_id: 'prompt',
      style: TextInputStyle.Paragraph,
      min_length: 1,
      max_length: MOST_PROMPT_CHARACTERS,
      value,
    },
  };
}

export function seedField(locale: string, seed: number): APILabelComponent {
  return {
    type: ComponentType.Label,
    label: speak(locale, { key: 'modal-seed' }),
    description: speak(locale, { key: 'modal-seed-hint' }),
    component: {
      type: ComponentType.TextInput,
      custom_id: 'seed',
      style: TextInputStyle.Short,
      max_length: 10,
      required: false,
      value: String(seed),
    },
  };
}

export function strengthField(locale: string, value: number): APILabelComponent {
  return {
    type: ComponentType.Label,
    label: speak(locale, { key: 'modal-strength' }),
    description: speak(locale, { key: 'modal-strength-hint' }),
    component: {
      type: ComponentType.TextInput,
      custom_id: 'strength',
      style: TextInputStyle.Short,
      max_length: 5,
      required: false,
      value: String(value),
    },
  };
}

export function readPrompt(field: unknown): string {
  const prompt = z.string().safeParse(field).data?.trim() ?? '';
  if (prompt === '') throw new InvalidInputError('empty prompt', { sentence: { key: 'prompt-empty' } });
  return prompt;
}

export function readSeed(field: unknown): number | undefined {
  const text = z.string().safeParse(field).data?.trim() ?? '';
  if (text === '') return undefined;
  const seed = z
    .int()
    .min(SEED_RANGE.least)
    .max(SEED_RANGE.most)
    .safeParse(/^\d+$/.test(text) ? Number(text) : undefined);
  if (!seed.success) throw new InvalidInputError('seed out of range', { sentence: REFUSALS.seed });
  return seed.data;
}

/** A decimal comma is as good as a point. */
export function readStrength(field: unknown): number | undefined {
  const text = z.string().safeParse(field).data?.trim().replace(',', '.') ?? '';
  if (text === '') return undefined;
  const given = strength.safeParse(Number(text));
  if (!given.success) throw new InvalidInputError('strength out of range', { sentence: REFUSALS.strength });
  return given.data;
}
