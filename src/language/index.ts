import { en } from './en.ts';

type Catalogue = typeof en;

/**
 * One sentence of the catalogue and the values that fill it: plain data, so it can be stored and
 * spoken later in the reader's language.
 */
export type Sentence = {
  [Key in keyof Catalogue]: Catalogue[Key] extends (values: infer Values) => string
    ? { readonly key: Key; readonly values: Values }
    : { readonly key: Key };
}[keyof Catalogue];

/** Locales are Discord's (`en-US`, `de`); one without a catalogue of its own reads English. */
const catalogues: Readonly<Record<string, Catalogue>> = { en };

/** The sentence in the reader's language. */
export function speak(locale: string, sentence: Sentence): string {
  const catalogue = catalogues[locale] ?? catalogues[locale.split('-')[0] ?? 'en'] ?? en;
  const entry: Catalogue[Sentence['key']] | undefined = catalogue[sentence.key];
  // Stored by another version.
  if (entry === undefined) return catalogue['sentence-unknown'];
  // The catalogue's type ties each key to its values; TypeScript cannot follow that through the union.
  return typeof entry === 'string'
    ? entry
    : (entry as (values: unknown) => string)('values' in sentence ? sentence.values : {});
}
