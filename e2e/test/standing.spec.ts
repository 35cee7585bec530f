import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { flow } from '@assay/events';
import { EmbeddedLog } from '@assay/messaging';
import { Api } from '../../apps/assay/src/client/api.ts';
import { haltedNotices } from '../../apps/assay/src/client/notices.ts';
import { examine } from '../../apps/assay/src/doctor/examine.ts';
import { home, temporaryData, TestSuite } from './suite.ts';

interface Standing {
  readonly name: string;
  readonly status: string;
  readonly notes: readonly string[];
}

it('a suite in one process reports the state of each service, and the doctor passes it on', async () => {
  const { suite, data, get } = await TestSuite.start().then((started) => ({
    suite: started.suite,
    data: started.data,
    get: <T>(path: string) => started.get<T>(path),
  }));
  await expect
    .poll(async () =>
      (await get<{ value: Standing[] }>('/assay/services')).value.map(({ name, status }) => [name, status]),
    )
    .toEqual(flow.map(({ app }) => [app, 'ready']));
  const runner = (await get<{ value: Standing[] }>('/assay/services')).value.find(
    ({ name }) => name === 'sandbox-runner',
  );
  expect(runner!.notes.length).toBeGreaterThan(0);
  const { value: runners } = await get<{ value: Record<string, unknown>[] }>('/assay/runners');
  expect(runners).toMatchObject([{ status: 'ready', slots: { used: 0 }, scanner: { name: 'trivy' } }]);
  const walls = runners[0]!['walls'] as { readonly stands: boolean }[];
  expect([walls.length > 10, walls.every(({ stands }) => stands)]).toEqual([true, true]);
  expect(runners[0]!['database']).toMatchObject({ demonstration: expect.any(Boolean), ageHours: expect.any(Number) });
  const { checks, unwell } = await examine({ env: { ...process.env, ASSAY_URL: '' }, home, data });
  expect(checks.find(({ name }) => name === 'services')).toMatchObject({
    state: 'good',
    found: `all ${flow.length} are ready`,
  });
  expect(unwell).toEqual([]);
  expect(await (await fetch(`${suite.endpoint.url}/readyz?verbose`)).json()).toMatchObject({
    status: 'ready',
    services: expect.arrayContaining([expect.objectContaining({ name: 'billing', reasons: [] })]),
  });
});

it('a suite reports a lost partition of the log at its start, in its probe and to users', async () => {
  const data = await temporaryData();
  const first = await TestSuite.start({ data });
  expect(first.suite.halted()).toEqual([]);
  await first.suite.close();
  const log = new DatabaseSync(data.log);
  log.exec(`delete from blocks where topic = 'image.pushed' and partition = 8`);
  log.close();
  const { suite } = await TestSuite.start({ data });
  expect(suite.halted().toSorted()).toEqual(['eligibility', 'recommendation']);
  const api = new Api(suite.endpoint.url, suite.endpoint.token);
  await expect
    .poll(() => haltedNotices(api))
    .toEqual([expect.stringMatching(/^2 partitions stand still \(eligibility 1, recommendation 1\)/)]);
  expect((await examine({ env: { ...process.env, ASSAY_URL: '' }, home, data })).unwell).toEqual([
    'eligibility',
    'recommendation',
  ]);
  const probe = (await (await fetch(`${suite.endpoint.url}/readyz`)).json()) as { readonly notes: readonly string[] };
  expect(probe.notes.filter((note) => note.includes('stands still, see `assay halted`'))).toHaveLength(2);
});

it('a suite whose log takes no events is not ready and names the cause, while reads are answered', async () => {
  const { suite } = await TestSuite.start();
  const { url, token, registries } = suite.endpoint;
  const scope = `/subscriptions/${registries[0]!.subscriptionId}`;
  const authorization = `Bearer ${token}`;
  const write = async () => {
    const { status, headers } = await fetch(`${url}/assay/rules/one`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ scope, criteria: { cvssBelow: 1 }, reason: 'a test' }),
    });
    return [status, headers.get('retry-after')];
  };
  const read = async (path: string) => (await fetch(url + path, { headers: { authorization } })).status;
  const probe = async () => {
    const answer = await fetch(`${url}/readyz`);
    const { reasons = [], notes } = (await answer.json()) as { reasons?: string[]; notes: string[] };
    return { status: answer.status, reasons: reasons.toSorted(), notes };
  };
  /** All that a client sees, after a write: a failed one is forgotten after some time. */
  const seen = async () => ({
    write: await write(),
    probe: await probe(),
    images: await read('/assay/images'),
    alive: await read('/healthz'),
  });
  const full = vi.spyOn(EmbeddedLog.prototype, 'append').mockRejectedValue(new Error('the disk is full'));
  onTestFinished(() => full.mockRestore());
  await expect.poll(seen).toMatchObject({
    write: [503, '5'],
    probe: {
      status: 503,
      reasons: flow
        .filter(({ app }) => app !== 'recommendation')
        .map(({ app }) => `${app}: the log takes no events: the disk is full`)
        .toSorted(),
      notes: expect.arrayContaining([
        'recommendation: the log takes no events: the disk is full. Reads are answered, writes are not',
      ]),
    },
    images: 200,
    alive: 200,
  });
  full.mockRestore();
  await expect.poll(seen).toMatchObject({ write: [200, null], probe: { status: 200, reasons: [] } });
});
