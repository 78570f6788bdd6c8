import { expect, it } from 'vitest';
import { createDeepInfra } from '../../src/providers/deepinfra/deepinfra.ts';
import { makeRequest } from '../support/offers.ts';
import { API_KEY, useStandIn } from '../support/provider-faults.ts';
import { type DeepInfraStandInOptions, startDeepInfraStandIn } from '../support/stand-ins/deepinfra.ts';
import { run } from './painting.ts';

it.each<['native' | 'openai', Partial<DeepInfraStandInOptions>, object]>([
  ['native', {}, { withheld: 0, missing: 0 }],
  ['openai', {}, { withheld: 0, missing: 0 }],
  // Of the three it sends for each picture, one is flagged: the two good ones are more than enough.
  ['native', { flagged: [true] }, { withheld: 0, missing: 0 }],
])('takes no more pictures than it asked for, over %s with %j', async (api, options, told) => {
  const standIn = await useStandIn(startDeepInfraStandIn({ apiKey: API_KEY, surplus: 2, ...options }));
  const deepInfra = createDeepInfra({ token: API_KEY, baseUrl: standIn.url, api });
  const { pictures, report } = await run({ providers: [deepInfra], request: makeRequest({ count: 2 }) });
  expect(pictures.map(({ index }) => index)).toEqual([0, 1]);
  expect(report).toMatchObject(told);
});
