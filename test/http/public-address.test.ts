import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { isPublicAddress, lookupPublic } from '../../src/http/public-address.ts';

it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  'takes %s for public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

it.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'ff02::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'localhost',
  '',
])('does not take %s for public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

it.each([{}, { all: true }])('resolves a name that only has private addresses to nothing (%o)', async (options) => {
  await expect(promisify(lookupPublic)('localhost', options)).rejects.toThrow('the name has no public address');
});

it('resolves a public address to itself', async () => {
  const found = await new Promise((resolve, reject) => {
    lookupPublic('8.8.8.8', { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
  expect(found).toEqual([{ address: '8.8.8.8', family: 4 }]);
});
