import { expect, it } from 'vitest';
import { z } from 'zod';
import { ProviderFailedError } from '../../src/errors.ts';
import { parseJson, parseWith } from '../../src/http/parse-answer.ts';

const answer = (text: string) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from(text) });
const schema = z.object({ images: z.array(z.string()).nullish() });

it('reads JSON and tolerates what it does not know', () => {
  expect(parseWith(schema, answer('{"images": ["a"], "new": 1}'), 'Novita')).toEqual({ images: ['a'] });
});

it.each([
  ['HTML', '<!doctype html><p>a secret prompt'],
  ['a cut body', '{"images": ["a secret prompt'],
  ['nothing', ''],
  ['another shape', '{"images": "a secret prompt"}'],
  ['a list', '["a secret prompt"]'],
])('refuses %s without quoting it', (_what, text) => {
  const error = (() => {
    try {
      return parseWith(schema, answer(text), 'Novita');
    } catch (reason) {
      return reason;
    }
  })();
  if (!(error instanceof ProviderFailedError)) throw new Error('not refused', { cause: error });
  expect(error).toMatchObject({ failure: 'unreadable', billed: 'possibly', provider: 'Novita' });
  expect(error.cause).toBeUndefined();
  expect(error.message + JSON.stringify(error.detail)).not.toContain('secret');
});

it('parses without a schema', () => {
  expect(parseJson(answer('[1]'), 'Novita')).toEqual([1]);
});
