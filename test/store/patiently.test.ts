import { describe, expect, it } from 'vitest';
import { isPassing, patiently } from '../../src/store/patiently.ts';

function failure(properties: object, message = 'failed'): Error {
  return Object.assign(new Error(message), properties);
}

describe('patiently', () => {
  it.each([
    ['a server that is starting', failure({ code: '57P03' })],
    ['a connection that was ended by the operator', failure({ code: '57P01' })],
    ['a connection that broke', failure({ code: '08006' })],
    ['a server with no connection left', failure({ code: '53300' })],
    ['a transaction that was ended because this process stood still', failure({ code: '25P03' })],
    ['a deadlock', failure({ code: '40P01' })],
    ['a refused connection', failure({ code: 'ECONNREFUSED' })],
    ['a name that does not resolve just now', failure({ code: 'EAI_AGAIN' })],
    ['pg’s word for a socket that ended', failure({}, 'Connection terminated unexpectedly')],
    ['a locked file', failure({ code: 'ERR_SQLITE_ERROR', errcode: 5 })],
    ['a full disk', failure({ code: 'ERR_SQLITE_ERROR', errcode: 13 })],
    ['an I/O error, whichever', failure({ code: 'ERR_SQLITE_ERROR', errcode: 10 | (3 << 8) })],
  ])('waits for %s', async (_what, error) => {
    expect(isPassing(error)).toBe(true);
    let tries = 0;
    const answer = await patiently(async () => {
      tries += 1;
      if (tries === 1) throw error;
      return 'written';
    });
    expect([answer, tries]).toEqual(['written', 2]);
  });

  it.each([
    ['a broken rule', failure({ code: '23505' })],
    ['a damaged file', failure({ code: 'ERR_SQLITE_ERROR', errcode: 11 })],
    ['a bug', new TypeError('undefined is not a function')],
    ['no error at all', 'a string'],
  ])('does not wait for %s', async (_what, error) => {
    let tries = 0;
    const write = async () => {
      tries += 1;
      throw error;
    };
    await expect(patiently(write)).rejects.toBe(error);
    expect(tries).toBe(1);
  });

  it('gives up after a while, with the last error', async () => {
    const error = failure({ code: 'ECONNREFUSED' });
    await expect(patiently(() => Promise.reject(error), { forMs: 0 })).rejects.toBe(error);
  });
});
