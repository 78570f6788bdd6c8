import type { FormData } from 'undici';
import type { ProviderRequest, ProviderResult } from '../../generation/provider.ts';
import type { HttpAnswer } from '../../http/call.ts';

export const LABEL = 'DeepInfra';

/** One of DeepInfra's dialects. */
export interface Route {
  readonly path: string;
  /** A form goes out as multipart, anything else as JSON. */
  buildBody(request: ProviderRequest): FormData | Readonly<Record<string, unknown>>;
  /** For a 200. Throws `RejectedError` when every picture was withheld, `ProviderFailedError` when there is none to read. */
  readAnswer(answer: HttpAnswer, request: ProviderRequest): ProviderResult;
}
