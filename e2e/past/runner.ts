import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { consumeThrough, Gate, JobLoop, ServiceHost, type ServicePorts } from '@assay/event-sourcing';
import type { Scanner } from '@assay/events';
import { accessAs, BlobCache, RegistryClients, RegistryPauses } from '@assay/registry';
import { sandboxRunner } from '@assay/sandbox-runner';
import { packageListsVersion } from '@assay/verdict';
import { VerdictsConsumer } from '../../apps/sandbox-runner/dist/consumer/verdicts.js';
import { PublishedDescriptions } from '../../apps/sandbox-runner/dist/descriptions/published.js';
import { deciderOn } from '../../apps/sandbox-runner/dist/domain/decider.js';
import { lanesOf } from '../../apps/sandbox-runner/dist/jobs/lanes.js';
import { FolderLayouts } from '../../apps/sandbox-runner/dist/jobs/layouts.js';
import { ScanJob } from '../../apps/sandbox-runner/dist/jobs/scan-job.js';
import type { PackageCatalogue } from './catalogue.ts';
import { PastScanner, type Pace } from './scanner.ts';

/** The parts of a runner that the past chooses. */
export interface PastRunner {
  readonly catalogue: PackageCatalogue;
  readonly scanner: Scanner;
  /** Number of the database that it begins with. It takes each that is announced. */
  readonly database: number;
  readonly pace: Pace;
}

const [leaseMs, maxAttempts, slots] = [15_000, 3, 4];
const driver = 'bwrap';

/**
 * The runner with a scanner of a past day in place of the real one, and without a sandbox. Everything else is the
 * service's own: what it decides, pulls, stores and publishes.
 */
export const pastRunner = ({
  catalogue,
  scanner: identity,
  database: first,
  pace,
}: PastRunner): typeof sandboxRunner => ({
  ...sandboxRunner,
  start: async ({ log, store, blobs, telemetry, observer, env, folder }: ServicePorts) => {
    const { registries, network, scanSeconds } = sandboxRunner.settings.read(env);
    await blobs.ready();
    let scanner = new PastScanner(catalogue, identity, catalogue.database(first), pace);
    const bench = {
      scanner: identity,
      get database() {
        return scanner.database;
      },
      driver,
      lists: packageListsVersion,
    };
    const tracer = telemetry.tracer('sandbox-runner');
    const host = new ServiceHost(deciderOn(bench), { log, store, observer, tracer });
    const config = () => host.config.value;
    const clients = new RegistryClients({ timeoutMs: scanSeconds * 1000, network });
    const descriptions = new PublishedDescriptions({ log, scanner: identity.name, observer });
    const layouts = new FolderLayouts(join(folder, 'layouts'));
    await layouts.clear();
    const job = new ScanJob({
      get scanner() {
        return scanner;
      },
      driver,
      blobs,
      clients,
      slots: new Gate(Infinity),
      pulledBytes: new Gate(Infinity),
      pauses: new RegistryPauses(),
      tracer,
      observer,
      attemptTimeoutMs: scanSeconds * 1000,
      maxAttempts,
      layouts,
      newsIn: (each, database) =>
        descriptions.newsIn(each, database, (config().announcement?.database.digest ?? database) === database),
      cache: new BlobCache(join(folder, 'blobs'), { maxBytes: 2 ** 30 }),
      access: ({ loginServer }) => {
        const found = registries.find((registry) => registry.loginServer.toLowerCase() === loginServer.toLowerCase());
        return found ? accessAs(found) : {};
      },
    });
    const loop = new JobLoop({
      app: 'sandbox-runner',
      store,
      observer,
      slots,
      inTurn: true,
      leaseMs,
      maxAttempts,
      work: (task, signal) => job.run(task, signal),
      lanes: () => lanesOf(bench, config(), slots),
    });
    const app = await NestFactory.create(
      { module: class Scanning {}, controllers: [VerdictsConsumer] },
      new FastifyAdapter() as never,
      { logger: false },
    );
    await consumeThrough(app, host as never);
    await app.init();
    const take = (): void => {
      const announced = config().announcement?.database;
      if (announced && announced.digest !== scanner.database.digest) {
        const n = catalogue.numberOf(announced.digest);
        scanner = new PastScanner(catalogue, identity, catalogue.database(n), pace);
      }
    };
    const unfollow = host.config.watch(take);
    take();
    descriptions.start();
    loop.start();
    return {
      name: 'sandbox-runner',
      app,
      bench: bench as never,
      advisories: { scanner: identity.name, database: scanner.database, program: identity },
      onBuild: () => undefined,
      notes: () => [`${driver} sandbox: none, for this scanner reads only labels`, ...host.notes()],
      waits: () => host.waits,
      close: async () => {
        unfollow();
        await loop.close();
        await descriptions.close();
        await layouts.clear();
        await clients.close();
        await app.close();
      },
    };
  },
});
