import type { AspectRatio, Mode, Size } from './request.ts';

/** Magic bytes decide, never a header or a file name. */
export type MediaType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';

/** A picture in memory: the encoded file, unchanged from where it came. */
export interface Picture {
  readonly bytes: Buffer;
  readonly mediaType: MediaType;
}

/**
 * Which sizes an offer paints.
 * `pairs`: only these. `grid`: any width and height from `least` to `most`, both multiples of `multipleOf`.
 * `aspects`: only ratios can be asked for; the sizes are what the vendor is believed to paint for each.
 */
export type SizeRule =
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [width: number, height: number])[] }
  | { readonly kind: 'grid'; readonly least: number; readonly most: number; readonly multipleOf: number }
  | {
      readonly kind: 'aspects';
      readonly sizes: Readonly<Partial<Record<AspectRatio, readonly [width: number, height: number]>>>;
    };

/** What one picture uses up, for its price. */
export interface PictureUse extends Size {
  readonly mode: Mode;
  readonly inferenceSteps: number | undefined;
}

/** A provider serving a model, with what it can do there. */
export interface Offer {
  /** `novita` */
  readonly provider: string;
  /** The provider's name as members read it: `Novita`. */
  readonly providerLabel: string;
  /** The model's name as members pick it: `flux-schnell`. */
  readonly model: string;
  readonly modes: readonly Mode[];
  readonly sizes: SizeRule;
  /** Absent: the provider chooses the steps. */
  readonly inferenceSteps?: { readonly least: number; readonly most: number; readonly default: number };
  /** The fewest steps where it starts from a picture. Absent: as many as from words. */
  readonly leastStepsFromPicture?: number;
  /** `ours`: a seed we send is honoured. `theirs`: the provider draws its own, and it is not reported. */
  readonly seed: 'ours' | 'theirs';
  /** Absent: there is no such dial. */
  readonly guidanceScale?: { readonly least: number; readonly most: number };
  readonly negativePrompt: boolean;
  /** Absent although image-to-image is among the modes: the picture cannot be weighted. */
  readonly strength?: { readonly least: number; readonly most: number };
  /** Modes in which neither guidance nor strength can be set, although they can in others. */
  readonly fixedModes?: readonly Mode[];
  /** It varies the picture and reads no prompt. */
  readonly promptIgnored?: true;
  /** Pictures one call may ask for; above 1 only where every picture of the answer carries its own seed. */
  readonly imagesPerCall: number;
  /** In Unicode code points. */
  readonly promptCodePoints: number;
  /** Calls in flight the provider allows, where it says so. */
  readonly concurrency?: number;
  /**
   * How long a call may take while nobody else could do it, milliseconds, where a minute is not enough: a machine of
   * one's own.
   */
  readonly patienceMs?: number;
  /** The list price of one picture in micro-dollars (1 000 000 = one US dollar). */
  price(use: PictureUse): number;
}

/** One call, validated against the offer: every field present is one the offer can take. */
export interface ProviderRequest extends Size {
  readonly model: string;
  readonly mode: Mode;
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** The ratio behind width and height, for providers that take ratios. */
  readonly aspect: AspectRatio;
  /** Of the first picture. 1 … 4294967295. */
  readonly seed: number;
  readonly inferenceSteps?: number;
  readonly guidanceScale?: number;
  /** 1 … the offer's imagesPerCall. */
  readonly count: number;
  /** 0.05 keeps the init image, 1 ignores it. Each vendor file turns it into the vendor's own dial. */
  readonly strength?: number;
  /** PNG or JPEG, already width × height pixels. */
  readonly initImage?: Picture;
  /** PNG, width × height pixels; white is repainted, black kept. */
  readonly mask?: Picture;
  /** Who asked, as an opaque hash: for vendors that want an end-user id. */
  readonly endUser?: string;
}

export interface ProviderPicture extends Picture {
  /** As the provider reported it; absent where it keeps it to itself. */
  readonly seed?: number;
}

/** What a provider answered: at least one picture. */
export interface ProviderResult {
  readonly pictures: readonly ProviderPicture[];
  /** Pictures of this call the provider's safety filter held back. */
  readonly withheld: number;
  /** Micro-dollars, where the provider reports what it charged. */
  readonly costMicroUsd?: number;
  /** The provider's own id of the job. */
  readonly reference?: string;
}

export interface ProviderCall {
  /** Aborting stops the call; its reason is thrown unwrapped. */
  readonly signal: AbortSignal;
  /** Called as soon as the provider has named its job, before its result is waited for. */
  onReference?(reference: string): void | Promise<void>;
}

/**
 * An image vendor. It never retries, never logs and never draws a seed: the caller owns these. Its requests go out by
 * `callHttp`, which knows whether they were sent; one that sends by other means counts as possibly billed once stopped.
 *
 * Throws `RejectedError` for a content refusal (also when every picture was withheld), `ProviderFailedError`
 * for everything else, and the signal's reason when aborted.
 */
export interface ImageProvider {
  readonly id: string;
  /** As members read it. */
  readonly label: string;
  readonly offers: readonly Offer[];
  generate(request: ProviderRequest, call: ProviderCall): Promise<ProviderResult>;
  /** Frees sockets and threads. */
  close?(): Promise<void>;
}
