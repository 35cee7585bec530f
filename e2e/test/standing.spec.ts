import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { flow } from '@assay/events';
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
