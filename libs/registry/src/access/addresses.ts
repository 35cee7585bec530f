import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Looks public but is not: the address by which Azure's hosts serve their guests (DNS, agents, metadata). */
const neverPublic = ['168.63.129.16/32'];

const network = (cidr: string): Network => ipaddr.parseCIDR(cidr) as Network;
const isIn = (address: Address, [base, bits]: Network): boolean =>
  address.kind() === base.kind() && address.match(base, bits);

/** True for a network in the form of CIDR. */
export const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text);

/** The only part of IPv6 that has been allocated to networks. */
const globalIPv6 = network('2000::/3');

const isPublic = (address: Address): boolean =>
  address.range() === 'unicast' &&
  (address.kind() === 'ipv4' || isIn(address, globalIPv6)) &&
  !neverPublic.some((cidr) => isIn(address, network(cidr)));

/**
 * True if an address may be connected to. Everything but plain public unicast is refused, unless its network is listed.
 * Refused are loopback, private, link-local (metadata services), shared and reserved addresses, and IPv6 forms that
 * embed an IPv4 address.
 */
export const isAllowedAddress = (text: string, allowAddresses: readonly string[]): boolean => {
  const bare = text.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(bare)) return false;
  // An IPv4-mapped IPv6 address (::ffff:10.0.0.1) is checked as IPv4.
  const address = ipaddr.process(bare);
  return allowAddresses.some((cidr) => isIn(address, network(cidr))) || isPublic(address);
};
