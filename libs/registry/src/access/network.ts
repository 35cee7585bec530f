import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { group, pemIn, setting, SettingError, type Declaration, type Settings } from '@assay/settings';

const task = 'Watch registries';

/** The way to registries. */
export interface RegistryNetwork {
  /** Addresses of proxies; undefined for none. Without the first, HTTPS goes through the second. */
  readonly httpsProxy: string | undefined;
  readonly httpProxy: string | undefined;
  /** Hosts to reach without them, with commas between. */
  readonly noProxy: string;
  /** Undefined for those of Node. */
  readonly authorities: RegistryAuthorities | undefined;
}

/** The certificate authorities that registries may have: those of Node, and the ones of the operator. */
interface RegistryAuthorities {
  /** All of them, in PEM. */
  readonly pems: readonly string[];
  /** Parsed once: a list would be parsed for each connection. */
  readonly context: SecureContext;
}

/** A setting that other programs have, too. Its name in small letters counts first, as with them. */
const conventional = <T>(
  name: string,
  about: Omit<Declaration, 'name'>,
  parse: (text: string | undefined) => T,
): Settings<T> => ({
  declarations: [{ name, ...about }],
  read: (env) => parse(env[name.toLowerCase()] || env[name] || undefined),
});

/** Without the value in the message: it may have a password. */
const proxy = (name: string, summary: string): Settings<string | undefined> =>
  conventional(name, { task, summary }, (given) => {
    if (given === undefined) return undefined;
    const text = given.trim();
    const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    if (url && ['http:', 'https:'].includes(url.protocol) && url.hostname !== '' && url.pathname === '/')
      return url.href;
    throw new SettingError(
      `${name} must be the http or https address of a proxy, like http://proxy.example:3128, with user:password@ ` +
        'before the host if it wants them',
    );
  });

const authoritiesIn = (file: string | undefined, name: string): RegistryAuthorities | undefined => {
  if (file === undefined) return undefined;
  const found = pemIn(name, file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new SettingError(`${name} ${file} has no certificate in it`);
  for (const [at, pem] of found.entries())
    try {
      // Node ignores what it cannot read here, and a connection would fail later.
      new X509Certificate(pem);
    } catch {
      throw new SettingError(`${name} ${file}: certificate ${at + 1} of ${found.length} cannot be read`);
    }
  const pems = [...getCACertificates('default'), ...found];
  return { pems, context: createSecureContext({ ca: pems }) };
};

/** The way to registries: proxies, and the authorities of certificates. */
export const networkSettings: Settings<RegistryNetwork> = group({
  httpsProxy: proxy(
    'HTTPS_PROXY',
    'Proxy to registries and database sources over HTTPS, `http://[user:password@]host:port` ' +
      '([behind a proxy](registries.md#behind-a-proxy)).',
  ),
  httpProxy: proxy('HTTP_PROXY', 'Proxy to those over plain HTTP, and over HTTPS if there is no `HTTPS_PROXY`.'),
  noProxy: conventional(
    'NO_PROXY',
    {
      task,
      summary:
        'Hosts to reach without the proxy, with commas between: names, with all names below them, and addresses, not ' +
        'networks. This machine is always among them.',
    },
    (given = '') => given,
  ),
  authorities: setting(
    'ASSAY_REGISTRY_CA',
    {
      task,
      summary:
        'PEM file with authorities that may sign the certificates of registries, database sources and the proxy, ' +
        'besides those that Node knows.',
    },
    authoritiesIn,
  ),
});

/** No proxy, and the authorities of Node. */
export const directNetwork: RegistryNetwork = networkSettings.read({});
