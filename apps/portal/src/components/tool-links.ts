import { inAddress } from '../text/in-address.ts';

/** An address that a browser may follow; undefined for every other, such as one of a script. */
export const pageAddress = (given: string | undefined): string | undefined => {
  const url = given === undefined ? null : URL.parse(given);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
};

/** The address of a trace, from one with `{traceId}` in the place of its id. */
export const traceAddress = (pattern: string | undefined, traceId: string): string | undefined =>
  pageAddress(pattern?.replace('{traceId}', () => inAddress(traceId)));

/** The viewer itself, from the address of its traces. */
export const viewerAddress = (pattern: string | undefined): string | undefined => {
  const address = pageAddress(pattern);
  return address === undefined ? undefined : `${new URL(address).origin}/`;
};
