import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { eventually, seed, turnsOf } from '@assay/testing';
import { freePort, images, recordsOf, temporaryData, TestSuite } from './suite.ts';
import { UpProcess } from './up-process.ts';

const layouts = [
  'debian-13.8',
  'debian-13.0',
  'alpine-3.20.3',
  'nginx-1.22.1-alpine',
  'busybox-1.37.0-glibc',
  'windows',
  'helm-chart',
  'alpine-index',
] as const;

it('loses nothing and doubles nothing, whenever the process is killed', async () => {
  const data = await temporaryData();
  const registryPort = await freePort();
  const service = new UpProcess(data, registryPort);
  await service.start();
  const pushed: { digest: string; repository: string }[] = [];
  const push = async (layout: string, repository: string): Promise<void> => {
    const { digest } = await pushLayout(join(images, layout), {
      registry: `127.0.0.1:${registryPort}`,
      repository,
      tag: 'v1',
      plainHttp: true,
    });
    pushed.push({ digest, repository });
  };
  // Kills are spread over the whole path from webhook to charge.
  const rounds = turnsOf(layouts.length);
  const step = layouts.length / rounds;
  for (let round = 0; round < rounds; round += 1) {
    for (const layout of layouts.slice(round * step, (round + 1) * step))
      await push(layout, `round${round}/image-${layout}`);
    await push(layouts[Math.floor(round * step + 3) % layouts.length]!, `round${round}/other`);
    await pause((round * step + (seed % step)) * 70);
    await service.killed();
    await service.start();
  }
  await pause(200);
  await service.killed();

  // Continues in this process, which can read the log; sweeps find the webhooks that were lost with the registry.
  const suite = await TestSuite.start({ data, registryPort, env: { ASSAY_SWEEP_SECONDS: '2' } });
  for (const { digest, repository } of pushed) {
    const { status, reason } = await suite.settled(digest, repository);
    expect(['healthy', 'unhealthy', 'not-applicable'], `${repository} ${reason}`).toContain(status);
  }
  const charges = async () =>
    new Map(
      (await recordsOf(suite.suite, 'usage.charged')).map(({ headers, data: charge }) => [
        headers.ce_id,
        `${String(charge.subscriptionId)}/${String(charge.digest)}`,
      ]),
    );
  await eventually(async () => (await charges()).size >= 4);
  const once_ = await charges();
  expect([...once_.values()].toSorted(), 'one charge for each subscription and digest').toEqual(
    [...new Set(once_.values())].toSorted(),
  );
  expect(once_.size).toBe(4);
  const completed = await recordsOf(suite.suite, 'scan.completed');
  const scans = new Set(
    completed
      .filter(({ data: scan }) => scan.outcome === 'succeeded' && scan.joinedScanId === undefined)
      .map(({ data: scan }) => scan.digest),
  );
  expect(scans.size, 'each of the five images with a Linux system, or none, was scanned').toBe(5);
  const approved = new Set((await recordsOf(suite.suite, 'scan.approved')).map(({ headers }) => headers.ce_id));
  const terminals = new Map<string, Set<string>>();
  for (const { headers, data: scan } of completed)
    if (scan.page === 1)
      terminals.set(String(scan.scanId), (terminals.get(String(scan.scanId)) ?? new Set()).add(headers.ce_id!));
  expect(terminals.size, 'every approval has its completion').toBe(approved.size);
  for (const [scanId, ids] of terminals) expect(ids.size, `${scanId} ended once`).toBe(1);
});
