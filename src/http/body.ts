/** The bytes of an answer as they come in. */
export interface Body {
  readonly length: number;
  add(chunk: Buffer): void;
  /** What has come so far. */
  read(): Buffer;
}

/** Of known length: each chunk goes straight to where it stays. Put together in the end it would be in memory twice. */
export class AnnouncedBody implements Body {
  readonly #byteLength: number;
  #bytes: Buffer | undefined;
  length = 0;
  constructor(byteLength: number) {
    this.#byteLength = byteLength;
  }
  add(chunk: Buffer): void {
    this.#bytes ??= Buffer.allocUnsafeSlow(this.#byteLength);
    this.length += chunk.copy(this.#bytes, this.length);
  }
  read(): Buffer {
    return this.#bytes?.subarray(0, this.length) ?? Buffer.alloc(0);
  }
}

export class GrowingBody implements Body {
  readonly #chunks: Buffer[] = [];
  length = 0;
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.byteLength;
  }
  read(): Buffer {
    return Buffer.concat(this.#chunks, this.length);
  }
}
