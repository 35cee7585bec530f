import { JobLoop } from '@assay/event-sourcing';
import { RegistryPauses, type BlobCache } from '@assay/registry';
import { deciderOn } from '@assay/sandbox-runner/domain/decider';
import { ScanJob } from '@assay/sandbox-runner/jobs/scan-job';
import { RegistryCalls } from '../outside/registry.ts';
import { BlobCalls, databaseOf, layoutOn, scanner, SimulatedScanner } from '../outside/sandbox.ts';
import { begin } from '../world/world.ts';
import { closing, opened, untraced, type Given, type RunningInstance } from './composing.ts';

const [slots, leaseMs, maxAttempts, attemptTimeoutMs] = [2, 15_000, 3, 4 * 60_000];

export const startSandboxRunner = async (given: Given): Promise<RunningInstance> => {
  const { process, store, observer, registries, image, reports } = given;
  const database = databaseOf(given.database, new Date(begin - 3_600_000).toISOString());
  const host = await opened(deciderOn({ scanner, database, driver: 'simulated' }), given);
  const job = new ScanJob({
    scanner: new SimulatedScanner(database, image, reports, process),
    driver: 'simulated',
    blobs: new BlobCalls(process),
    cache: {} as BlobCache,
    pauses: new RegistryPauses(() => process.now()),
    tracer: untraced,
    observer,
    attemptTimeoutMs,
    maxAttempts,
    clock: process,
    clients: {
      to: ({ loginServer }) =>
        new RegistryCalls(
          registries.find((registry) => registry.loginServer === loginServer)!,
          process,
        ),
    },
    access: () => ({}),
    layouts: { begin: () => layoutOn(process), end: () => undefined },
  });
  const loop = new JobLoop({
    app: 'sandbox-runner',
    store,
    observer,
    clock: process,
    slots,
    leaseMs,
    maxAttempts,
    work: (task, signal) => job.run(task, signal),
    lanes: () => [
      { lane: 'push', most: Infinity },
      { lane: 'backfill', most: slots - 1 },
      { lane: 'rescan', most: slots - 1 },
    ],
  });
  loop.start();
  return closing(host, loop);
};
