import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pushLayout, startLocalRegistry } from '@assay/local-registry';
import { patienceMs } from '@assay/testing';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';

const repositories = Array.from({ length: 8 }, (_, n) => `team/app-${n}`);

/**
 * A service that sweeps a registry of eight images each second. The registry can lose all of them and get them back.
 */
const setting = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'assay-held-'));
  const registry = await startLocalRegistry({ directory, host: '127.0.0.1', port: 0 });
  for (const repository of repositories)
    await pushLayout(new URL('../../../../e2e/images/windows', import.meta.url).pathname, {
      registry: registry.loginServer,
      repository,
      tag: 'v1',
      plainHttp: true,
    });
  // Changes take effect between two sweeps: a change during a sweep would belong to both.
  const state = { empty: false, sweeps: 0, isEmptyNow: false };
  const front = createServer(
    (request, response) =>
      void (async () => {
        const isCatalog = request.url!.startsWith('/v2/_catalog');
        if (isCatalog) Object.assign(state, { sweeps: state.sweeps + 1, isEmptyNow: state.empty });
        if (state.isEmptyNow && request.url !== '/v2/') {
          response.writeHead(isCatalog ? 200 : 404).end(isCatalog ? '{"repositories":[]}' : '{}');
          return;
        }
        const answer = await fetch(registry.url + request.url!, {
          method: request.method!,
          headers: { accept: request.headers.accept ?? '*/*' },
        });
        response
          .writeHead(answer.status, {
            'docker-content-digest': answer.headers.get('docker-content-digest') ?? '',
            'content-type': answer.headers.get('content-type') ?? '',
          })
          .end(Buffer.from(await answer.arrayBuffer()));
      })(),
  );
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    front.closeAllConnections();
    front.close();
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });
  const loginServer = `127.0.0.1:${(front.address() as AddressInfo).port}`;
  const { app, emitted } = await started(
    [{ registryId, loginServer, plainHttp: true, allowAddresses: ['127.0.0.0/8'] }],
    {
      env: { ASSAY_SWEEP_SECONDS: '1' },
    },
  );
  await expect.poll(async () => (await emitted('image.pushed')).length).toBe(repositories.length);
  const sweeps = async () =>
    (JSON.parse((await app.inject({ url: '/assay/sweeps' })).body) as { value: object[] }).value;
  const confirm = (payload: object, of = loginServer) =>
    app.inject({ method: 'POST', url: `/assay/sweeps/${encodeURIComponent(of)}/confirm`, payload });
  const audit = async () =>
    (await emitted('operator.acted')).map(
      ({ data: { command, outcome, by } }) => `${command as string} ${outcome as string} by ${by as string}`,
    );
  const swept = async (): Promise<void> => {
    const before = state.sweeps;
    await expect.poll(() => state.sweeps).toBeGreaterThan(before + 1);
  };
  return { state, emitted, sweeps, confirm, audit, swept, loginServer };
};

describe('a registry that lost all of its images', () => {
  it('has no image deleted, reports it once, and needs no order when the images are back', async () => {
    const { state, emitted, sweeps, audit, swept, loginServer } = await setting();
    await expect.poll(sweeps).toMatchObject([{ registryId, loginServer, state: 'clear', outcome: 'reached' }]);
    state.empty = true;
    await expect.poll(sweeps).toMatchObject([{ state: 'held', gone: 8, known: 8 }]);
    await swept();
    expect([await audit(), await emitted('image.deleted')]).toEqual([
      ['sweep reached by ingestion', 'sweep held by ingestion'],
      [],
    ]);
    state.empty = false;
    await expect.poll(sweeps).toMatchObject([{ state: 'clear', outcome: 'released' }]);
    expect([await audit(), await emitted('image.deleted')]).toEqual([
      ['sweep reached by ingestion', 'sweep held by ingestion', 'sweep released by ingestion'],
      [],
    ]);
  });

  it('has its images deleted once an operator orders it', async () => {
    const { state, emitted, sweeps, confirm, audit, loginServer } = await setting();
    expect([
      (await confirm({ why: 'early' })).statusCode,
      (await confirm({ why: 'x' }, 'nowhere.test')).statusCode,
    ]).toEqual([409, 404]);
    state.empty = true;
    await expect.poll(sweeps).toMatchObject([{ state: 'held' }]);
    expect([(await confirm({})).statusCode, (await confirm({ why: ' ' })).statusCode]).toEqual([400, 400]);
    const ordered = await confirm({ why: 'emptied on purpose' });
    expect(ordered).toMatchObject({ statusCode: 200, headers: { 'x-assay-position': expect.any(String) as string } });
    await expect.poll(async () => (await emitted('image.deleted')).length).toBe(8);
    await expect
      .poll(audit)
      .toEqual([
        'sweep reached by ingestion',
        'sweep held by ingestion',
        'sweep ordered by anybody (assay)',
        'sweep swept by anybody (assay)',
      ]);
    await expect
      .poll(sweeps)
      .toMatchObject([{ registryId, loginServer, state: 'clear', outcome: 'swept', why: 'emptied on purpose' }]);
  });
});

it('a registry that was never reached is not clear', async () => {
  const registries = ['127.0.0.1:1', 'no-such-registry.invalid'].map((loginServer, nth) => ({
    registryId: `${registryId}${nth}`,
    loginServer,
    plainHttp: true,
    allowAddresses: ['127.0.0.0/8'],
  }));
  const { app } = await started(registries, { env: { ASSAY_SWEEP_SECONDS: '1' } });
  const sweeps = async () =>
    (JSON.parse((await app.inject({ url: '/assay/sweeps' })).body) as { value: { state: string }[] }).value;
  expect(new Set((await sweeps()).map(({ state }) => state)).has('clear')).toBe(false);
  await expect.poll(sweeps, { timeout: patienceMs }).toMatchObject(
    ['ECONNREFUSED', 'ENOTFOUND|EAI_AGAIN'].map((code) => ({
      state: 'failed',
      since: expect.any(String),
      why: expect.stringMatching(`^unreachable: .*(${code})`),
    })),
  );
});
