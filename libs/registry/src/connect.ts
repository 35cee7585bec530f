import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { isAllowedAddress } from './addresses.ts';
import { RegistryError, printable } from './error.ts';

const forbidden = (host: string): RegistryError =>
  new RegistryError('forbidden-address', `${printable(host)} has no allowed address`);

/**
 * Resolves a name and returns only addresses that may be connected to. The socket connects to exactly these addresses,
 * so a later DNS answer with another address (DNS rebinding) has no effect.
 */
export const checkedLookup =
  (allowAddresses: readonly string[]): LookupFunction =>
  (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      const allowed = addresses.filter(({ address }) => isAllowedAddress(address, allowAddresses));
      const [first] = allowed;
      if (!first) return done(forbidden(hostname), '');
      if (options.all) return done(null, allowed);
      done(null, first.address, first.family);
    });
  };

/** Keeps connections alive between requests. HTTP/1.1 only: one request per socket, no multiplexing. */
export const guardedAgent = (allowAddresses: readonly string[]): Agent => {
  const connect = buildConnector({ allowH2: false, timeout: 10_000, lookup: checkedLookup(allowAddresses) });
  return new Agent({
    connections: 8,
    allowH2: false,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    keepAliveTimeout: 10_000,
    connect: (options, done) => {
      // A literal IP address is never looked up, so it is checked here.
      const literal = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal) && !isAllowedAddress(literal, allowAddresses)) return done(forbidden(literal), null);
      connect(options, done);
    },
  });
};
