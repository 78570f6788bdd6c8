import { lookup as resolve } from 'node:dns';
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net';

// Two lists, because one would hold IPv4 addresses against IPv6 subnets as well (`::ffff:…`).
// IANA, "IPv4 / IPv6 Special-Purpose Address Registry", read 2026-11.
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.ipv4.addSubnet(network, prefix, 'ipv4');
}
// Everything outside 2000::/3, and inside it what is reserved or carries an IPv4 address of anyone's choosing.
for (const [network, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.ipv6.addSubnet(network, prefix, 'ipv6');
}

/** Can this IP address be reached from anywhere on the internet? `false` for private, loopback and link-local ones. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.ipv4.check(address, 'ipv4');
  return isIPv6(address) && !special.ipv6.check(address, 'ipv6');
}

/**
 * Resolves a name to its public addresses only, at the moment of connecting, so that a name cannot be checked with one
 * address and connected to with another.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, '');
      return;
    }
    const allowed = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined) callback(new Error('the name has no public address'), '');
    else if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};
