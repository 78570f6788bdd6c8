import type { Generation } from '../src/generation/record.ts';
import type { GenerationRequest } from '../src/generation/request.ts';

/** The request of an earlier generation; a picture it started from is looked for where that one left it. */
export function again({ id, request }: Generation): GenerationRequest {
  const { initImage } = request;
  return initImage === undefined ? request : { ...request, initImage: { ...initImage, initImageOf: id } };
}
