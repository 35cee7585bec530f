import { Gate, JobLoop } from '@assay/event-sourcing';
import { RegistryPauses, type BlobCache } from '@assay/registry';
import { Weigher } from '@assay/sandbox-runner/databases/weigher';
import { PublishedDescriptions } from '@assay/sandbox-runner/descriptions/published';
import { deciderOn } from '@assay/sandbox-runner/domain/decider';
import { isByAnnounced } from '@assay/sandbox-runner/domain/standing';
import { lanesOf } from '@assay/sandbox-runner/jobs/lanes';
import { ScanJob } from '@assay/sandbox-runner/jobs/scan-job';
import { isAdvisedBy } from '../outside/comparison.ts';
import { databaseOf } from '../outside/databases.ts';
import { BlobCalls, layoutOn, SimulatedScanner } from '../outside/sandbox.ts';
import { scannerOf } from '../outside/scanners.ts';
import { closing, connectedBy, opened, untraced, withIds, type Given, type RunningInstance } from './composing.ts';

const [slots, pulls, leaseMs, maxAttempts, attemptTimeoutMs] = [2, 3, 15_000, 3, 4 * 60_000];

export const startSandboxRunner = async (given: Given): Promise<RunningInstance> => {
  const { process, log, store, observer, image, reports } = given;
  const [database, scanner] = [databaseOf(given.installed.database), scannerOf(given.installed.build)];
  const bench = { scanner, database, driver: 'simulated' };
  const host = await opened(deciderOn(bench), given);
  const descriptions = new PublishedDescriptions({ log, scanner: scanner.name, observer, clock: process });
  const job = new ScanJob({
    scanner: new SimulatedScanner(scanner, database, image, reports, process),
    driver: 'simulated',
    blobs: new BlobCalls(process),
    cache: {} as BlobCache,
    slots: new Gate(slots),
    pulledBytes: new Gate(Infinity),
    pauses: new RegistryPauses(() => process.now()),
    tracer: untraced,
    observer,
    attemptTimeoutMs,
    maxAttempts,
    clock: process,
    clients: { to: connectedBy(given) },
    access: ({ loginServer, discovery }) =>
      discovery === undefined ? {} : given.discovery!.discoveries.accessTo({ loginServer, discovery }),
    newsIn: (each, database) => descriptions.newsIn(each, database, isByAnnounced(bench, host.config.value)),
    layouts: { begin: () => layoutOn(process), end: () => undefined },
  });
  const loop = new JobLoop({
    app: 'sandbox-runner',
    store,
    observer,
    clock: process,
    slots: pulls,
    inTurn: true,
    leaseMs,
    maxAttempts,
    work: (task, signal) => job.run(task, signal),
    together: job.together,
    lanes: () => lanesOf(bench, host.config.value, slots),
  });
  let weighed = 0;
  const weigher = new Weigher({
    app: 'sandbox-runner',
    stateVersion: host.decider.stateVersion,
    store,
    log: withIds(log, process, () => `${process.name}-${process.now()}-${(weighed += 1)}`),
    waits: () => host.waits,
    blobs: new BlobCalls(process),
    isAdvisedBy,
    owned: () => host.owned(),
    observer,
    clock: process,
  });
  loop.start();
  descriptions.start();
  weigher.start();
  return closing(host, loop, async () => {
    await weigher.close();
    await descriptions.close();
  });
};
