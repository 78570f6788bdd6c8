import { FormData } from 'undici';
import { z } from 'zod';
import type { ProviderRequest, ProviderResult } from '../../generation/provider.ts';
import type { HttpAnswer } from '../../http/call.ts';
import { decodeBatch } from '../../http/decode-batch.ts';
import { parseWith } from '../../http/parse-answer.ts';
import { extensionOf } from '../../pixels/media-type.ts';
import { listOf } from '../answer-list.ts';
import { requireInitImage } from '../request-picture.ts';
import { LABEL, type Route } from './route.ts';

/*
 * DeepInfra's OpenAI-compatible API: no seed, no steps and no price, but the only one that edits and varies.
 */

export const generations: Route = {
  path: '/v1/openai/images/generations',
  buildBody: (request) => ({
    model: 'black-forest-labs/FLUX-1-schnell',
    prompt: request.prompt,
    n: request.count,
    size: sizeOf(request),
    response_format: 'b64_json',
    user: request.endUser,
  }),
  readAnswer,
};

/** Kontext edits by instruction: the prompt says what to change in the picture. */
export const edits: Route = {
  path: '/v1/openai/images/edits',
  buildBody(request) {
    const form = buildForm(request, 'black-forest-labs/FLUX.1-Kontext-dev');
    form.set('prompt', request.prompt);
    form.set('response_format', 'b64_json');
    if (request.endUser !== undefined) form.set('user', request.endUser);
    return form;
  },
  readAnswer,
};

/** Redux varies a picture by itself: it takes no prompt. */
export const variations: Route = {
  path: '/v1/openai/images/variations',
  buildBody: (request) => buildForm(request, 'black-forest-labs/FLUX-1-Redux-dev'),
  readAnswer,
};

const answerBody = z.object({ data: listOf(z.object({ b64_json: z.string().nullish() })).nullish() });

function buildForm(request: ProviderRequest, model: string): FormData {
  const { bytes, mediaType } = requireInitImage(request);
  const form = new FormData();
  form.set('model', model);
  form.set('image', new File([new Uint8Array(bytes)], `image.${extensionOf(mediaType)}`, { type: mediaType }));
  form.set('n', String(request.count));
  form.set('size', sizeOf(request));
  return form;
}

function sizeOf({ width, height }: ProviderRequest): string {
  return `${width}x${height}`;
}

function readAnswer(answer: HttpAnswer): ProviderResult {
  const { data } = parseWith(answerBody, answer, LABEL);
  return decodeBatch(
    (data ?? []).map((entry) => ({ base64: entry?.b64_json })),
    LABEL,
  );
}
