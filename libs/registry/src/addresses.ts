import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Looks public and is not: the address by which Azure's hosts serve their guests (DNS, agents, metadata). */
const neverPublic = ['168.63.129.16/32'];

const network = (cidr: string): Network => ipaddr.parseCIDR(cidr) as Network;
const isIn = (address: Address, [base, bits]: Network): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/** Of IPv6 only this part has been given out to networks. */
const globalIPv6 = network('2000::/3');

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' &&
  (address.kind() === 'ipv4' || isIn(address, globalIPv6)) &&
  !neverPublic.some((cidr) => isIn(address, network(cidr)));

/**
 * Whether an address may be connected to. Everything that is not plain public unicast is refused (loopback, private,
 * link-local with the metadata services, shared, reserved, and the IPv6 forms that carry an IPv4 address), unless
 * its network is listed.
 */
export const isAllowedAddress = (text: string, allowAddresses: readonly string[]): boolean => {
  const bare = text.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(bare)) return false;
  // An IPv4 address in IPv6 clothes (::ffff:10.0.0.1) is judged as what it is.
  const address = ipaddr.process(bare);
  return allowAddresses.some((cidr) => isIn(address, network(cidr))) || isPublic(address);
};
