import { expect, it } from 'vitest';
import { recordsOf, TestSuite, type AnsweredPlacement } from './suite.ts';

it('another mode classifies finished scans again, without a pull, and charges new assessments', async () => {
  const suite = await TestSuite.start();
  const { url, token } = suite.suite.endpoint;
  const [layout, repository] = ['distroless-python3-debian13', 'distroless'];
  const { subscriptionId } = suite.suite.endpoint.registries[0]!;
  const set = async (mode: string) => {
    const answer = await fetch(`${url}/assay/plans/Containers?subscription=${subscriptionId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ mode, why: 'a test' }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { scans: true, mode: mode === 'plan' ? 'extended' : mode },
    ]);
  };
  await set('classic');
  const digest = await suite.push(layout, repository, 'v1');
  expect(await suite.settled(digest, repository)).toMatchObject({
    status: 'not-applicable',
    reason: 'no-package-manager',
  });
  const shown = async () => {
    const {
      placements: [{ status, charge } = {} as AnsweredPlacement],
    } = await suite.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${digest}`);
    return `${status}, ${charge?.amount ?? 'not charged'}`;
  };
  expect(await shown()).toBe('not-applicable, not charged');

  await set('plan');
  await expect.poll(shown).toBe('unhealthy, 0.29');
  expect(await suite.findings(digest, repository)).toHaveLength(180);
  await set('classic');
  await expect.poll(shown).toBe('not-applicable, 0.29');
  await set('extended');
  await expect.poll(shown).toBe('unhealthy, 0.29');

  expect(await recordsOf(suite.suite, 'scan.started')).toHaveLength(1);
  expect(
    (await recordsOf(suite.suite, 'finding.classified'))
      .filter(({ data }) => data.page === 1)
      .map(({ data: { mode, cause, status } }) => [mode, cause, status]),
  ).toEqual([
    ['classic', 'scan', 'not-applicable'],
    ['extended', 'scan', 'unhealthy'],
    ['classic', 'scan', 'not-applicable'],
    ['extended', 'scan', 'unhealthy'],
  ]);
  expect(await recordsOf(suite.suite, 'usage.charged')).toHaveLength(1);
});

it('an image from scratch with nothing found in it is assessed under neither plan', async () => {
  const suite = await TestSuite.start();
  const digest = await suite.push('busybox-1.37.0-glibc', 'busybox', 'v1');
  expect(await suite.settled(digest, 'busybox')).toMatchObject({
    status: 'not-applicable',
    reason: 'no-operating-system',
  });
  expect(await recordsOf(suite.suite, 'finding.classified')).toMatchObject([{ data: { mode: 'extended' } }]);
});
