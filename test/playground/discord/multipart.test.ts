import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseMultipart } from '../../../src/playground/discord/multipart.ts';

async function encode(form: FormData): Promise<{ body: Buffer; boundary: string }> {
  const response = new Response(form);
  const boundary = /boundary=(.*)$/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
  return { body: Buffer.from(await response.arrayBuffer()), boundary };
}

it('reads what fetch writes, whatever the bytes and names', async () => {
  const names = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((name) => !/[\r\n]/.test(name) && name.isWellFormed());
  const files = fc.array(fc.record({ name: names, bytes: fc.uint8Array({ maxLength: 200 }) }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(files, async (list) => {
      const form = new FormData();
      form.append('payload_json', '{"content":"ü"}');
      for (const [index, { name, bytes }] of list.entries())
        form.append(`files[${index}]`, new Blob([bytes], { type: 'image/png' }), name);
      const { body, boundary } = await encode(form);
      const [json, ...parts] = parseMultipart(body, boundary);
      expect(json).toMatchObject({ name: 'payload_json', filename: undefined });
      expect(json?.bytes.toString()).toBe('{"content":"ü"}');
      expect(parts).toEqual(
        list.map(({ name, bytes }, index) => ({
          name: `files[${index}]`,
          filename: name,
          contentType: 'image/png',
          bytes: Buffer.from(bytes),
        })),
      );
    }),
    // A line separator ends a line for a regular expression, but not in a header.
    { examples: [[[{ name: '\u2028a', bytes: new Uint8Array() }]]] },
  );
});

it('copies nothing', async () => {
  const form = new FormData();
  form.append('files[0]', new Blob([randomBytes(100_000)]), 'a');
  const { body, boundary } = await encode(form);
  const [part] = parseMultipart(body, boundary);
  expect(part?.bytes.buffer).toBe(body.buffer);
});

it('refuses a body that ends too early or has no boundary', async () => {
  const form = new FormData();
  form.append('files[0]', new Blob(['hello']), 'a');
  const { body, boundary } = await encode(form);
  for (const cut of [0, 10, 60, body.length - 10])
    expect(() => parseMultipart(body.subarray(0, cut), boundary), `cut at ${cut}`).toThrow();
  expect(() => parseMultipart(body, 'another')).toThrow('no boundary');
});
