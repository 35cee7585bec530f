import { flag, group, setting, text } from './setting.ts';
import { SettingError } from './error.ts';

const task = 'Connect to Redis';

/** Exactly one of these is given. */
const places = {
  url: text('ASSAY_REDIS_URL', {
    task,
    summary: 'Address of a single Redis: `redis://host:6379/0`, or `rediss://…` for TLS.',
    production: 'A service needs one of this, `ASSAY_REDIS_SENTINELS` and `ASSAY_REDIS_CLUSTER`.',
  }),
  sentinels: text('ASSAY_REDIS_SENTINELS', {
    task,
    summary: 'Addresses of the sentinels of a Redis (`host:26379,…`).',
  }),
  cluster: text('ASSAY_REDIS_CLUSTER', {
    task,
    summary: 'Addresses of some nodes of a Redis Cluster (`host:6379,…`).',
  }),
};

export const declaredRedisPlace = group(places);

/** The connection of a service to Redis. */
export const declaredRedis = group({
  ...places,
  sentinelName: text('ASSAY_REDIS_SENTINEL_NAME', { task, summary: 'Name of the master group at the sentinels.' }),
  sentinelPassword: text('ASSAY_REDIS_SENTINEL_PASSWORD', { task, summary: 'Password of the sentinels.' }),
  username: text('ASSAY_REDIS_USERNAME', {
    task,
    summary: 'User name of the ACL user.',
    default: 'the user name in the address',
  }),
  password: text('ASSAY_REDIS_PASSWORD', {
    task,
    summary: 'Password of the ACL user.',
    default: 'the password in the address',
  }),
  tls: flag('ASSAY_REDIS_TLS', { task, summary: '`true` connects to sentinels or a cluster over TLS.' }),
  ca: text('ASSAY_REDIS_CA', {
    task,
    summary: 'PEM file with the authorities that may sign the certificate of Redis.',
    default: 'the authorities of the system',
  }),
  cert: text('ASSAY_REDIS_CERT', { task, summary: 'PEM file with a client certificate.' }),
  key: text('ASSAY_REDIS_KEY', { task, summary: 'PEM file with the key of the client certificate.' }),
  prefix: setting(
    'ASSAY_REDIS_PREFIX',
    { task, summary: 'Prefix of every key in Redis.', default: '`assay`' },
    (prefix = 'assay', name) => {
      // Redis would take braces for a hash tag.
      if (/^[\w.:-]{1,64}$/.test(prefix)) return prefix;
      throw new SettingError(`${name} must be letters, digits and any of . _ : -, not '${prefix}'`);
    },
  ),
});
