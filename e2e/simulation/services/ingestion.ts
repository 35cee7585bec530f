import { JobLoop } from '@assay/event-sourcing';
import { decider } from '@assay/ingestion/domain/decider';
import { inspectionLane, lateLane } from '@assay/ingestion/domain/lanes';
import { Intake } from '@assay/ingestion/http/intake';
import { inspection } from '@assay/ingestion/jobs/inspection';
import { accessBy } from '@assay/ingestion/registry/access';
import { Sweeper } from '@assay/ingestion/registry/sweeper';
import { childrenIn } from '@assay/ingestion/running/children';
import { ClusterReports } from '@assay/ingestion/running/reports';
import { RegistryPauses } from '@assay/registry';
import { BlobCalls } from '../outside/sandbox.ts';
import { closing, connectedBy, opened, untraced, withIds, type Given, type RunningInstance } from './composing.ts';
import { startLister } from './discovery.ts';
import { startSealer } from './sealing.ts';

const [slots, slotsPerRegistry, leaseMs, maxAttempts] = [4, 2, 15_000, 3];
const sweepEveryMs = 10_000;
/** A slow registry needs several sweeps. */
const sliceMs = 5000;
/**
 * Reports of missing images are not limited, since there is no operator to confirm them: most images here are deleted
 * over time.
 */
const allPercent = 100;

/** Its edge: the endpoints for notifications of registries and reports of clusters. */
export interface RunningIngestion extends RunningInstance {
  readonly intake: Intake;
  readonly reports: ClusterReports;
}

export const startIngestion = async (given: Given): Promise<RunningIngestion> => {
  const { process, log, store, observer, registries, swept, discovery } = given;
  const host = await opened(decider, given);
  const access = accessBy(host.config, [], discovery?.discoveries);
  const to = connectedBy(given);
  const pauses = new RegistryPauses(() => process.now());
  const sweeper = new Sweeper({
    log,
    store,
    config: host.config,
    access,
    observer,
    pauses,
    owned: () => host.owned(),
    intervalMs: sweepEveryMs,
    sliceMs,
    deletesPercent: allPercent,
    clock: process,
    tracer: untraced,
    connect: (access) => swept(to(access)),
  });
  const loop = new JobLoop({
    app: 'ingestion',
    store,
    observer,
    clock: process,
    slots,
    leaseMs,
    maxAttempts,
    lanes: () =>
      [inspectionLane, lateLane].flatMap((laneOf) =>
        registries().map(({ loginServer }) => ({ lane: laneOf(loginServer), most: slotsPerRegistry })),
      ),
    work: inspection({
      access,
      clients: { to },
      pauses,
      tracer: untraced,
      maxAttempts,
      random: () => process.random(),
      now: () => process.now(),
    }),
  });
  loop.start();
  sweeper.start();
  const lister = startLister(given, {
    config: host.config,
    owned: () => host.owned(),
    opened: (loginServer) => void sweeper.sweep(loginServer),
  });
  const sealer = startSealer(given, () => host.owned());
  return {
    intake: new Intake(log, host.config, untraced, (loginServer) => void sweeper.sweep(loginServer)),
    reports: new ClusterReports({
      log: withIds(log, process, given.nextSightingId),
      blobs: new BlobCalls(process),
      childrenOf: childrenIn(store, log.partitions),
      now: () => process.now(),
    }),
    ...closing(host, loop, async () => {
      await sealer?.close();
      await lister?.close();
      await sweeper.close();
    }),
  };
};
