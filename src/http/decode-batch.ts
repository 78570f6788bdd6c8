import { RejectedError } from '../errors.ts';
import type { ProviderPicture, ProviderResult } from '../generation/provider.ts';
import { decodeBase64Picture } from './decode-picture.ts';
import { buildUnreadable } from './unreadable.ts';

interface BatchEntry {
  base64: string | null | undefined;
  seed?: number;
  /** The vendor's safety filter held this one back: whatever came in its place is thrown away. */
  withheld?: boolean;
}

/**
 * The pictures of one answer. One that is absent or broken is left out as long as another is good: those are paid for.
 *
 * When none is left, throws `ProviderFailedError` (`unreadable`) if one was broken or all are absent, and
 * `RejectedError` if the filter is the reason.
 */
export function decodeBatch(
  entries: readonly BatchEntry[],
  provider: string,
): Pick<ProviderResult, 'pictures' | 'withheld'> {
  const pictures: ProviderPicture[] = [];
  const broken: unknown[] = [];
  for (const { base64, seed } of entries.filter((entry) => !entry.withheld)) {
    try {
      const picture = decodeBase64Picture(base64, provider);
      if (picture !== undefined) pictures.push({ ...picture, seed });
    } catch (error) {
      broken.push(error);
    }
  }
  const withheld = entries.filter((entry) => entry.withheld).length;
  if (pictures.length > 0) return { pictures, withheld };
  if (broken.length > 0) throw broken[0];
  if (withheld > 0) throw buildAllWithheld(provider);
  throw buildUnreadable(provider, 'no picture in the answer');
}

/** For an answer whose every picture the vendor's safety filter held back. */
export function buildAllWithheld(provider: string): RejectedError {
  return new RejectedError(`${provider}: every picture withheld`, {
    sentence: { key: 'all-withheld', values: { provider } },
    refused: 'result',
    billed: 'possibly',
  });
}
