import { BlockList, isIP } from 'node:net';

/**
 * What is not somebody's public server, by IANA's registries of special-purpose and multicast addresses:
 * https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry.
 * Their few globally reachable exceptions serve protocols, no images.
 */
const specialIpv4 = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private use'],
  ['100.64.0.0', 10, 'shared address space of carriers'],
  ['127.0.0.0', 8, 'loopback; the Lambda Runtime API is 127.0.0.1:9001'],
  ['168.63.129.16', 32, 'Azure WireServer, an agent of the host behind a public address'],
  ['169.254.0.0', 16, 'link-local: instance metadata .169.254, ECS .170.2 and EKS .170.23 credentials, Lambda .100.1'],
  ['172.16.0.0', 12, 'private use'],
  ['192.0.0.0', 24, 'IETF protocol assignments'],
  ['192.0.2.0', 24, 'TEST-NET-1'],
  ['192.31.196.0', 24, 'AS112'],
  ['192.52.193.0', 24, 'AMT'],
  ['192.88.99.0', 24, '6to4 relays'],
  ['192.168.0.0', 16, 'private use'],
  ['192.175.48.0', 24, 'AS112'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'TEST-NET-2'],
  ['203.0.113.0', 24, 'TEST-NET-3'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved, and limited broadcast'],
] as const;

/**
 * Global unicast, the only IPv6 space whose addresses may be public. Outside lie loopback, unspecified, IPv4-mapped, -compatible
 * and -translated addresses, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), discard-only, segment routing, unique local (with the metadata
 * service, fd00:ec2::254), link-local, site-local and multicast.
 */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Of global unicast. Teredo and 6to4 carry an IPv4 address within, and are obsolete: refused whatever it is. */
const specialIpv6 = [
  ['2001::', 23, 'IETF protocol assignments: Teredo, benchmarking, ORCHID and others'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['2620:4f:8000::', 48, 'AS112'],
  ['3fff::', 20, 'documentation'],
] as const;

const special = new BlockList();
for (const [network, prefix] of specialIpv4) special.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of specialIpv6) special.addSubnet(network, prefix, 'ipv6');

/** Whether an address is one that servers of the internet have. Takes canonical text only, as resolvers give it; no zone. */
export function isPublicAddress(ip: string): boolean {
  if (ip.includes('%')) return false;
  const version = isIP(ip);
  if (version === 4) return !special.check(ip, 'ipv4');
  return version === 6 && globalUnicast.check(ip, 'ipv6') && !special.check(ip, 'ipv6');
}
