import { expect, it } from 'vitest';
import { examine } from '../../apps/assay/src/doctor/examine.ts';
import { home, TestSuite } from './suite.ts';

interface Standing {
  readonly name: string;
  readonly status: string;
  readonly notes: readonly string[];
}

it('a suite in one process says how each of its services stands, and the doctor passes it on', async () => {
  const { suite, data, get } = await TestSuite.start().then((started) => ({
    suite: started.suite,
    data: started.data,
    get: <T>(path: string) => started.get<T>(path),
  }));
  await expect
    .poll(async () =>
      (await get<{ value: Standing[] }>('/assay/services')).value.map(({ name, status }) => [name, status]),
    )
    .toEqual(
      ['ingestion', 'eligibility', 'sandbox-runner', 'classifier', 'recommendation', 'billing'].map((name) => [
        name,
        'ready',
      ]),
    );
  const runner = (await get<{ value: Standing[] }>('/assay/services')).value.find(
    ({ name }) => name === 'sandbox-runner',
  );
  expect(runner!.notes.length).toBeGreaterThan(0);
  const { checks, unwell } = await examine({ env: { ...process.env, ASSAY_URL: '' }, home, data });
  expect(checks.find(({ name }) => name === 'services')).toMatchObject({ state: 'good', found: 'all six are ready' });
  expect(unwell).toEqual([]);
  expect(await (await fetch(`${suite.endpoint.url}/readyz?verbose`)).json()).toMatchObject({
    status: 'ready',
    services: expect.arrayContaining([expect.objectContaining({ name: 'billing', reasons: [] })]),
  });
});
