import { describe, expect, it } from 'vitest';
import { createTokenSealer } from '../../src/discord/sealed-token.ts';

const TOKEN = 'aW50ZXJhY3Rpb246MTE4MDAwMDAwMDAwMDAwMDAwMTphYmM';

describe('a sealed token', () => {
  const { seal, open } = createTokenSealer('bot.token.1');

  it.each([TOKEN, '', 'ünïcödé 🦊', 'x'.repeat(2_000)])('opens to what was sealed: %j', (token) => {
    expect(open(seal(token))).toBe(token);
  });

  it('opens for another process with the same bot token', () => {
    expect(createTokenSealer('bot.token.1').open(seal(TOKEN))).toBe(TOKEN);
  });

  it('shows neither the token nor that two are the same', () => {
    const [one, other] = [seal(TOKEN), seal(TOKEN)];
    expect(one).not.toBe(other);
    expect(Buffer.from(one, 'base64').toString('latin1')).not.toContain(TOKEN.slice(0, 8));
  });

  it('stays shut after the bot token changed', () => {
    expect(createTokenSealer('bot.token.2').open(seal(TOKEN))).toBeUndefined();
  });

  it('stays shut when any bit of it changed', () => {
    const sealed = Buffer.from(seal(TOKEN), 'base64');
    for (let index = 0; index < sealed.length; index += 1) {
      const damaged = Buffer.from(sealed);
      damaged[index] = (damaged[index] ?? 0) ^ 1;
      expect(open(damaged.toString('base64'))).toBeUndefined();
    }
  });

  it.each([TOKEN, ''])('stays shut when it was cut: %j', (token) => {
    const sealed = Buffer.from(seal(token), 'base64');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(open(sealed.subarray(0, length).toString('base64'))).toBeUndefined();
    }
  });

  it('stays shut when it never was one', () => {
    expect(open('not a sealed token')).toBeUndefined();
  });
});
