import { lookup as resolve } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, buildConnector, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';
import { isAllowedHost, type RegistryAccess } from './access.ts';
import { isAllowedAddress } from './addresses.ts';
import { codeOf, RegistryError, printable } from '../error.ts';
import { directNetwork, type RegistryNetwork } from './network.ts';

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

/** A literal IP address is never looked up, so it is checked by itself. */
const checkLiteral = (hostname: string, allowAddresses: readonly string[]): void => {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && !isAllowedAddress(literal, allowAddresses)) throw forbidden(literal);
};

const connectMs = 10_000;
const answering = { headersTimeout: 60_000, bodyTimeout: 60_000 };
const pooled = { ...answering, connections: 8, allowH2: false, keepAliveTimeout: 10_000 };

const tlsOf = ({ authorities }: RegistryNetwork): { readonly secureContext?: SecureContext } =>
  authorities ? { secureContext: authorities.context } : {};

/** Connects to checked addresses only. HTTP/1.1 only: one request per socket, no multiplexing. */
const guardedConnector = (allowAddresses: readonly string[], network: RegistryNetwork): buildConnector.connector => {
  const lookup = checkedLookup(allowAddresses);
  const connect = buildConnector({ allowH2: false, timeout: connectMs, lookup, ...tlsOf(network) });
  return (options, done) => {
    try {
      checkLiteral(options.hostname, allowAddresses);
    } catch (error) {
      return done(error as Error, null);
    }
    connect(options, done);
  };
};

/** Connects to the proxy, and names it in a failure. */
const toProxy = (origin: string | URL, { connect, ...options }: Pool.Options): Pool => {
  const connected = connect as buildConnector.connector;
  return new Pool(origin, {
    ...options,
    ...answering,
    connect: (each, done) =>
      connected(each, (...[error, socket]) => {
        if (!error) return done(null, socket);
        const { host } = new URL(origin);
        done(
          new RegistryError('unreachable', `the proxy ${host} does not answer (${codeOf(error)})`, { cause: error }),
          null,
        );
      }),
  });
};

/** This machine is no destination of a proxy. */
const loopback = 'localhost,127.0.0.1,::1';

/**
 * Sends requests through the proxy, which resolves the names, so no address of a name can be checked here. Therefore it
 * is used for configured hosts only. What does not go through it is checked as without a proxy.
 */
class ProxiedAgent extends EnvHttpProxyAgent {
  readonly #access: RegistryAccess;

  constructor(access: RegistryAccess, network: RegistryNetwork) {
    const { httpsProxy = '', httpProxy = '', noProxy } = network;
    const proxies = [httpsProxy, httpProxy];
    super({
      ...pooled,
      // An empty one counts as none. Otherwise the agent would look into the variables of the process by itself.
      httpsProxy,
      httpProxy,
      noProxy: `${noProxy},${loopback}`,
      connectTimeout: connectMs,
      connect: guardedConnector(access.allowAddresses, network),
      requestTls: { allowH2: false, ...tlsOf(network) },
      proxyTls: { allowH2: false, ...tlsOf(network) },
      clientFactory: toProxy,
      factory: (origin: string | URL, options: object) =>
        proxies.includes(String(origin)) ? toProxy(origin, options) : new Pool(origin, options),
    });
    this.#access = access;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = new URL(String(options.origin));
    if (!isAllowedHost(url, this.#access))
      throw new RegistryError('forbidden-redirect', `${printable(url.host)} is not a configured host`);
    checkLiteral(url.hostname, this.#access.allowAddresses);
    return super.dispatch(options, handler);
  }
}

/** Keeps connections to a registry alive between requests. */
export const agentTo = (access: RegistryAccess, network: RegistryNetwork = directNetwork): Dispatcher =>
  network.httpsProxy === undefined && network.httpProxy === undefined
    ? new Agent({ ...pooled, connect: guardedConnector(access.allowAddresses, network) })
    : new ProxiedAgent(access, network);
