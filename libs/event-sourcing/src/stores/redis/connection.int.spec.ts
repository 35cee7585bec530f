import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort, startProxy } from '../../../../../tools/services/index.ts';
import { clientOn, nothing, opened, redisOf, storeOn, temporaryFolder, works } from '../../../test/redis.ts';

describe('a connection to Redis', () => {
  it('is refused with a code and a remedy, and without a secret', async () => {
    const server = await redisOf(['--requirepass', 'right-secret']);
    const errors: Error[] = [];
    const wrong = storeOn(
      { ASSAY_REDIS_URL: `redis://:wrong-secret@127.0.0.1:${server.port}` },
      { onError: (error) => errors.push(error) },
    );
    await expect(wrong).rejects.toMatchObject({
      code: 'redis-unauthorized',
      retriable: false,
      message: expect.stringMatching(
        /^Redis at 127\.0\.0\.1:\d+: WRONGPASS .* check ASSAY_REDIS_USERNAME and ASSAY_REDIS_PASSWORD/,
      ),
    });
    await expect(storeOn({ ASSAY_REDIS_URL: server.url })).rejects.toMatchObject({ code: 'redis-unauthorized' });
    const reported = [...errors, await wrong.catch((error: unknown) => error)];
    for (const error of reported)
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).cause)).not.toContain(
        'secret',
      );
    await works(await opened({ ASSAY_REDIS_URL: server.url, ASSAY_REDIS_PASSWORD: 'right-secret' }));
  });

  it('to a closed port fails at once', async () => {
    await expect(storeOn({ ASSAY_REDIS_URL: `redis://127.0.0.1:${await freePort()}` })).rejects.toMatchObject({
      code: 'redis-unreachable',
      retriable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(storeOn({ ASSAY_REDIS_CLUSTER: `127.0.0.1:${await freePort()}` })).rejects.toMatchObject({
      code: 'redis-unreachable',
    });
    await expect(
      storeOn({ ASSAY_REDIS_SENTINELS: `127.0.0.1:${await freePort()}`, ASSAY_REDIS_SENTINEL_NAME: 'm' }),
    ).rejects.toMatchObject({ code: 'redis-unreachable' });
  });

  it('works over TLS, as a user with few rights', async () => {
    const { folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const pem = certificateIn(folder);
    const tlsPort = await freePort();
    writeFileSync(
      join(folder, 'acl'),
      'user default off\n' +
        'user assay on >secret ~assay:* &assay:* ' +
        '-@all +@read +@write +@connection +@pubsub +@scripting -@dangerous +info +time\n' +
        'user timeless on >secret ~assay:* &assay:* ' +
        '-@all +@read +@write +@connection +@pubsub +@scripting -@dangerous +info\n',
    );
    await redisOf([
      '--tls-port',
      String(tlsPort),
      '--tls-cert-file',
      pem.cert,
      '--tls-key-file',
      pem.key,
      '--tls-ca-cert-file',
      pem.cert,
      '--aclfile',
      join(folder, 'acl'),
    ]);
    const env = {
      ASSAY_REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
      ASSAY_REDIS_USERNAME: 'assay',
      ASSAY_REDIS_PASSWORD: 'secret',
      ASSAY_REDIS_CA: pem.cert,
      ASSAY_REDIS_CERT: pem.cert,
      ASSAY_REDIS_KEY: pem.key,
    };
    const store = await opened(env);
    await works(store);
    expect(await store.claimJob({ leaseMs: 1000, maxAttempts: 3, lanes: [{ lane: 'l', most: 1 }] })).toBeUndefined();
    // Refused at the start, not with the first job.
    await expect(storeOn({ ...env, ASSAY_REDIS_USERNAME: 'timeless' })).rejects.toMatchObject({
      code: 'redis-unauthorized',
      message: expect.stringContaining("'time'"),
    });
    await expect(storeOn({ ...env, ASSAY_REDIS_PREFIX: 'other' })).rejects.toMatchObject({
      code: 'redis-unauthorized',
      message: expect.stringContaining('NOPERM'),
    });
    const { ASSAY_REDIS_CA: _, ...stranger } = env;
    await expect(storeOn(stranger)).rejects.toMatchObject({
      code: 'redis-unreachable',
      message: expect.stringMatching(/self-signed certificate.* check ASSAY_REDIS_CA/),
    });
  });

  it('is refused if Redis evicts data', async () => {
    const server = await redisOf(['--maxmemory-policy', 'allkeys-lru']);
    await expect(storeOn({ ASSAY_REDIS_URL: server.url })).rejects.toMatchObject({
      code: 'redis-unfit',
      message: expect.stringContaining('set it to noeviction'),
    });
  });

  it('warns if Redis stores nothing on disk', async () => {
    const server = await redisOf(['--appendonly', 'no']);
    const warnings: string[] = [];
    await opened({ ASSAY_REDIS_URL: server.url }, { onWarning: (line) => warnings.push(line) });
    expect(warnings).toEqual([expect.stringContaining('appendonly')]);
  });

  it('that stalls fails with an error, and recovers by itself', async () => {
    const server = await redisOf();
    const proxy = await startProxy(server.port);
    onTestFinished(() => proxy.stop());
    const store = await opened({ ASSAY_REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1);
    proxy.stall();
    await expect(store.transact(0, epoch, nothing)).rejects.toMatchObject({ code: 'redis-unreachable' });
    // Also for a partition of another owner: the caller may want to know whether Redis answers.
    await expect(store.epoch(1)).rejects.toMatchObject({ code: 'redis-unreachable' });
    proxy.resume();
    proxy.cut();
    await expect
      .poll(() =>
        works(store).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  it('repeats notifications of leased and finished jobs after a reconnect', async () => {
    const server = await redisOf();
    const store = await opened({ ASSAY_REDIS_URL: server.url });
    const {
      checkpoint: { epoch },
    } = await store.claim(0, 1);
    await store.transact(0, epoch, {
      ...nothing,
      jobs: { put: [{ key: 'k', id: 'j', lane: 'l', payload: {}, enqueuedAt: 1 }], remove: [] },
    });
    await store.claimJob({ leaseMs: 1000, maxAttempts: 3, lanes: [{ lane: 'l', most: 1 }] });
    const notified: string[] = [];
    store.watchJobs(({ partition, key, state }) => {
      if (state !== 'queued') notified.push(`${partition} ${key}`);
    });
    await expect.poll(() => notified).toEqual(['0 k']);
    const client = await clientOn({ ASSAY_REDIS_URL: server.url });
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => notified).toEqual(['0 k', '0 k']);
  });
});

const certificateIn = (folder: string): { readonly cert: string; readonly key: string } => {
  mkdirSync(folder, { recursive: true });
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  return { cert, key };
};
