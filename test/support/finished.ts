import type { Generation, Painted } from '../../src/generation/record.ts';
import type { GenerationRequest } from '../../src/generation/request.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { NewGeneration } from '../../src/store/rows.ts';
import { newGeneration, PAINTED } from './generations.ts';
import { makeRequest } from './offers.ts';

/** Stores a request that has been painted and delivered, with its picture. */
export async function storeFinished(
  { generations, attempts }: Pick<Store, 'generations' | 'attempts'>,
  made: Partial<NewGeneration> & { request?: GenerationRequest } = {},
  painted: Painted = { ...PAINTED, model: made.request?.model ?? 'sketch' },
  picture: Buffer = Buffer.from('a picture'),
): Promise<Generation> {
  const request = newGeneration({ request: makeRequest({ model: painted.model }), ...made });
  await generations.submit(request, { waiting: 1_000 });
  await generations.acknowledge(request.id, `message-${request.id}`);
  await generations.claim({ owner: 'painter', userRunning: 1_000 });
  const opening = await attempts.open({
    generationId: request.id,
    provider: painted.provider,
    model: painted.model,
    slots: 1_000,
  });
  if (opening.kind !== 'opened') throw new Error(opening.kind);
  const image = {
    index: 0,
    mediaType: 'image/png',
    width: painted.width,
    height: painted.height,
    seed: request.request.seed,
    bytes: picture,
  };
  await attempts.close(request.id, opening.number, {
    state: 'succeeded',
    costMicroUsd: painted.costMicroUsd,
    images: [image],
  });
  await generations.settle(request.id, 'painter', { outcome: 'done', painted });
  await generations.finish(request.id, 'painter', undefined);
  const found = await generations.find(request.id);
  if (found === undefined) throw new Error('it is not there');
  return found;
}
