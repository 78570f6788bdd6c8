import type { Sentence } from '../language/index.ts';
import { SEEN_APART } from './choose-offer.ts';
import { fitSize, nearestAspect } from './fit-size.ts';
import type { Offer } from './provider.ts';
import type { Painted } from './record.ts';
import type { AspectRatio, Size } from './request.ts';

interface Ending {
  aspect: AspectRatio;
  /** Of the picture it started from. */
  start: Size | undefined;
  painted: Pick<Painted, 'width' | 'height' | 'providerLabel'>;
}

/** What came out otherwise than a member would expect: said in the result, never passed over in silence. */
export function differences(offer: Offer, { aspect, start, painted }: Ending): Sentence[] {
  const asked = fitSize(offer.sizes, aspect);
  const found: Sentence[] = [];
  if (start !== undefined && areApart(start.width / start.height, asked.width / asked.height)) {
    found.push({ key: 'note-cropped', values: { aspect: nearestAspect(asked) } });
  }
  // Of ratios the sizes are only believed; and where several painted, each has its own.
  const isKnown = offer.sizes.kind !== 'aspects' && painted.providerLabel === offer.providerLabel;
  if (isKnown && (areApart(painted.width, asked.width) || areApart(painted.height, asked.height))) {
    found.push({
      key: 'note-other-size',
      values: { label: offer.providerLabel, size: textOf(painted), asked: textOf(asked) },
    });
  }
  return found;
}

function areApart(one: number, other: number): boolean {
  return Math.abs(one / other - 1) > SEEN_APART;
}

function textOf({ width, height }: Size): string {
  return `${width}×${height}`;
}
