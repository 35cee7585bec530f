import { appendFileSync, chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findSandbox } from '../../apps/sandbox-runner/src/index.ts';
import { openTrivy } from '../../apps/sandbox-runner/src/scanner/trivy/index.ts';
import { home, recordsOf, TestSuite, type AnsweredPlacement } from './suite.ts';

interface Scanners {
  readonly value: readonly { readonly digest: string; readonly images: number; readonly recalled?: object }[];
}

it('a recalled scanner is neither believed nor run, and another one looks again, free of charge', async () => {
  const suite = await TestSuite.start();
  const unhealthy = await suite.push('debian-13.0', 'debian', 'v1');
  const healthy = await suite.push('debian-13.8', 'fresh', 'v1');
  expect([(await suite.charged(unhealthy, 'debian')).status, (await suite.charged(healthy, 'fresh')).status]).toEqual([
    'unhealthy',
    'healthy',
  ]);
  const {
    value: [scanner, ...others],
  } = await suite.get<Scanners>('/assay/scanners');
  expect([scanner!.images, others]).toEqual([2, []]);
  const statusOf = async (of: TestSuite, digest: string) => {
    const {
      placements: [{ status, reason } = {} as AnsweredPlacement],
    } = await of.get<{ placements: AnsweredPlacement[] }>(`/assay/images/${digest}`);
    return `${status}/${reason ?? ''}`;
  };

  const { url, token } = suite.suite.endpoint;
  const answer = await fetch(`${url}/assay/scanners/${scanner!.digest}/recall`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ why: 'a test' }),
  });
  expect(await answer.json()).toMatchObject({ digest: scanner!.digest, images: 2, recalled: { why: 'a test' } });
  await expect.poll(() => statusOf(suite, healthy)).toBe('undetermined/scanner-recalled');
  await expect.poll(() => statusOf(suite, unhealthy)).toBe('undetermined/scanner-recalled');
  await expect.poll(async () => (await fetch(`${url}/readyz`)).text()).toContain('is recalled');
  // An image pushed now waits for another scanner.
  const waiting = await suite.push('alpine-3.20.3', 'alpine', 'v1');
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect((await recordsOf(suite.suite, 'scan.started')).map(({ data }) => data.digest)).not.toContain(waiting);
  await suite.suite.close();

  // The same program with one more byte is another build.
  const folder = mkdtempSync(join(tmpdir(), 'assay-recall-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const {
    trivy: { program },
  } = await openTrivy({ env: process.env, dataDirectory: home, sandbox: await findSandbox(process.env) });
  const another = join(folder, 'trivy');
  copyFileSync(program, another);
  appendFileSync(another, '\0');
  chmodSync(another, 0o755);
  const again = await TestSuite.start({ data: suite.data, env: { ASSAY_TRIVY: another } });
  await expect.poll(() => statusOf(again, healthy)).toBe('healthy/');
  await expect.poll(() => statusOf(again, unhealthy)).toBe('unhealthy/');
  expect((await again.charged(waiting, 'alpine')).status).toBe('unhealthy');
  const scanners = (await again.get<Scanners>('/assay/scanners')).value;
  expect(
    new Set(
      scanners.map(
        ({ digest, images, recalled }) =>
          `${digest === scanner!.digest ? 'the first' : 'the other'}: ${images}${recalled ? ', recalled' : ''}`,
      ),
    ),
  ).toEqual(new Set(['the first: 0, recalled', 'the other: 3']));
  const charged = (await recordsOf(again.suite, 'usage.charged')).map(({ data }) => data.digest);
  expect(charged).toHaveLength(3);
  expect(new Set(charged)).toEqual(new Set([unhealthy, healthy, waiting]));
});
