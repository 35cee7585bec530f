import { declaredRedis, pemIn, SettingError, type Env, type ValueOf } from '@assay/settings';

type Given = ValueOf<typeof declaredRedis>;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** How to reach Redis: one server, a master known to sentinels, or a cluster. */
export interface RedisSettings {
  readonly addresses: readonly Address[];
  readonly kind: 'server' | 'sentinels' | 'cluster';
  /** Name of the master among the sentinels. */
  readonly masterName?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Number of the database. A cluster has only 0. */
  readonly database: number;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** The beginning of every key. */
  readonly prefix: string;
}

const kinds = [
  { name: 'ASSAY_REDIS_URL', kind: 'server', given: 'url' },
  { name: 'ASSAY_REDIS_SENTINELS', kind: 'sentinels', given: 'sentinels' },
  { name: 'ASSAY_REDIS_CLUSTER', kind: 'cluster', given: 'cluster' },
] as const;

/**
 * Reads the settings of the Redis store.
 * @throws SettingError if the settings are missing, invalid or ambiguous
 */
export const redisSettings = (env: Env): RedisSettings => {
  const given = declaredRedis.read(env);
  const [first, second] = kinds.flatMap(({ name, kind, given: key }) => {
    const value = given[key];
    return value ? { name, kind, value } : [];
  });
  if (!first)
    throw new SettingError('There is no address of Redis: set ASSAY_REDIS_URL, for example to redis://127.0.0.1:6379');
  if (second)
    throw new SettingError(
      `${first.name} and ${second.name} are both set: Redis is one server, sentinels or a cluster; unset one of them`,
    );
  const { name, kind, value } = first;
  const { username, password, database, addresses, secure } =
    kind === 'server' ? addressIn(value) : { ...nothingInUrl, addresses: listIn(name, value), secure: given.tls };
  const masterName = given.sentinelName;
  if (kind === 'sentinels' && !masterName)
    throw new SettingError('ASSAY_REDIS_SENTINELS needs ASSAY_REDIS_SENTINEL_NAME: the name of the master group');
  return {
    kind,
    addresses,
    database,
    prefix: given.prefix,
    tls: tlsIn(given, secure),
    masterName,
    username: given.username ?? username,
    password: given.password ?? password,
    sentinelPassword: given.sentinelPassword,
  };
};

const nothingInUrl = { username: undefined, password: undefined, database: 0 };

// The setting may hold a password, so no message repeats it.
const addressIn = (text: string) => {
  const url = URL.parse(text);
  const database = /^\/?(\d{0,4})$/.exec(url?.pathname ?? '')?.[1];
  const [username, password] = [decoded(url?.username), decoded(url?.password)];
  if (
    !url ||
    !['redis:', 'rediss:'].includes(url.protocol) ||
    url.hostname === '' ||
    database === undefined ||
    url.search !== '' ||
    username === undefined ||
    password === undefined
  ) {
    throw new SettingError('ASSAY_REDIS_URL must look like redis://host:6379/0, or rediss:// for TLS');
  }
  return {
    addresses: [{ host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port || 6379) }],
    secure: url.protocol === 'rediss:',
    database: Number(database),
    username: username || undefined,
    password: password || undefined,
  };
};

const decoded = (text = ''): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const listIn = (name: string, text: string): Address[] =>
  text.split(',').map((each) => {
    const [, host, port] = /^\s*\[?([^\s,@/]+?)\]?:(\d{1,5})\s*$/.exec(each) ?? [];
    if (!host || Number(port) > 65_535) throw new SettingError(`${name} must be a list like host1:6379,host2:6379`);
    return { host, port: Number(port) };
  });

const files = [
  ['ca', 'ASSAY_REDIS_CA'],
  ['cert', 'ASSAY_REDIS_CERT'],
  ['key', 'ASSAY_REDIS_KEY'],
] as const;

const tlsIn = (given: Given, secure: boolean): RedisSettings['tls'] => {
  const named = files.flatMap(([part, name]) => {
    const file = given[part];
    return file ? { part, name, file } : [];
  });
  if (!secure && named[0])
    throw new SettingError(
      `${named[0].name} is set, but Redis is not reached over TLS: use rediss:// in ASSAY_REDIS_URL, or ` +
        'ASSAY_REDIS_TLS=true with sentinels and clusters',
    );
  if (Boolean(given.cert) !== Boolean(given.key))
    throw new SettingError('ASSAY_REDIS_CERT and ASSAY_REDIS_KEY belong together: set both or neither');
  return secure ? Object.fromEntries(named.map(({ part, name, file }) => [part, pemIn(name, file)])) : undefined;
};
