import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { Multipart } from '../../src/http/multipart.ts';

async function readBack(form: Multipart): Promise<FormData> {
  const body = await buffer(form.stream());
  expect(body.byteLength).toBe(form.byteLength);
  return new Response(body, { headers: { 'content-type': form.contentType } }).formData();
}

it('carries fields and files that read back the same, as often as it is sent', async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) % 256));
  const form = new Multipart({ payload_json: '{"content":"Füchse\\r\\n--easel"}' }, [
    { field: 'files[0]', filename: 'fox.png', mediaType: 'image/png', bytes },
    { field: 'files[1]', filename: 'prompt.txt', mediaType: 'text/plain', bytes: Buffer.alloc(0) },
  ]);
  for (const parsed of [await readBack(form), await readBack(form)]) {
    expect(parsed.get('payload_json')).toBe('{"content":"Füchse\\r\\n--easel"}');
    const picture = parsed.get('files[0]');
    if (!(picture instanceof File)) throw new Error('the picture is not a file');
    expect([picture.name, picture.type]).toEqual(['fox.png', 'image/png']);
    expect(Buffer.from(await picture.arrayBuffer()).equals(bytes)).toBe(true);
    expect(parsed.get('files[1]')).toMatchObject({ name: 'prompt.txt', size: 0 });
  }
});

it('keeps a name with quotes and line breaks inside its header', async () => {
  const form = new Multipart({}, [
    { field: 'files[0]', filename: 'a"\r\nX-Evil: b.png', mediaType: 'image/png', bytes: Buffer.from('bytes') },
  ]);
  const text = (await buffer(form.stream())).toString();
  expect(text).toContain('filename="a%22%0D%0AX-Evil: b.png"\r\n');
  expect((await readBack(form)).get('files[0]')).toBeInstanceOf(File);
});
