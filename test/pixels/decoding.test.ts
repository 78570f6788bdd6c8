import { expect, it } from 'vitest';
import { decodeInTurn } from '../../src/pixels/decoding.ts';

/** So many pictures of a size at once; the most that were in the decoder together. */
async function decodeTogether(count: number, side: number): Promise<number> {
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: count }, () =>
      decodeInTurn({ width: side, height: side }, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise(setImmediate);
        inside -= 1;
      }),
    ),
  );
  return most;
}

it.each([
  [1_024, 2],
  [2_048, 2],
  [2_049, 1],
  [6_300, 1],
])('of pictures of %i² pixels, %i are decoded at once', async (side, most) => {
  expect(await decodeTogether(6, side)).toBe(most);
});

it('goes on after one that failed', async () => {
  const size = { width: 5_000, height: 5_000 };
  await expect(decodeInTurn(size, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await decodeInTurn(size, () => Promise.resolve('whole'))).toBe('whole');
});
