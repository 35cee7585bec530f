import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  announcedOnceAnswered,
  ClockWatch,
  consumeThrough,
  Gate,
  JobLoop,
  ServiceHost,
  type RunnerState,
  type RunningService,
  type Service,
  type ServicePorts,
} from '@assay/event-sourcing';
import { packageListsVersion } from '@assay/verdict';
import { DailyCleaning } from './cleaning/daily-cleaning.ts';
import { namedBlobs } from './cleaning/named-blobs.ts';
import type { Advisories, Scanner } from '@assay/events';
import { accessAs, BlobCache, RegistryClients, RegistryPauses, registryTime, registryTimes } from '@assay/registry';
import { layoutsIn, openScanEnvironment, type OpenedScanEnvironment } from './scan-environment.ts';
import { advisoriesOf, databasesOf, notesOnGiven, storedIn } from './databases/announced.ts';
import { Weigher } from './databases/weigher.ts';
import { PublishedDescriptions } from './descriptions/published.ts';
import { deciderOn } from './domain/decider.ts';
import { lanesOf } from './jobs/lanes.ts';
import type { Bench, Config } from './domain/state.ts';
import { FolderLayouts } from './jobs/layouts.ts';
import { Builds } from './scanner/builds.ts';
import { ScanJob } from './jobs/scan-job.ts';
import { measuredRunner } from './measured.ts';
import { describeBounds } from './sandbox/index.ts';
import { SandboxRunnerModule } from './sandbox-runner.module.ts';
import { sandboxRunnerSettings } from './settings.ts';

/**
 * Attempts after a failure that is neither the registry's nor the machine's: a mistake of ours, or a process that ends
 * during the scan.
 */
const maxAttempts = 3;
const leaseMs = 15_000;

/** A running runner, which also names its scanner. */
export interface RunningRunner extends RunningService {
  readonly bench: OpenedScanEnvironment;
  /** The announcement of the suite for its only runner. */
  readonly advisories: Advisories;
  /** Calls the listener once another build of the scanner is in use. A suite with this runner alone announces it. */
  readonly onBuild: (listener: (scanner: Scanner) => Promise<void>) => void;
}

const start = async ({
  log,
  store,
  blobs,
  telemetry,
  observer,
  env,
  folder,
  home,
  progress,
}: ServicePorts): Promise<RunningRunner> => {
  const settings = sandboxRunnerSettings.read(env);
  const { registries, discoveries, network } = settings;
  await blobs.ready();
  const environment = await openScanEnvironment({ env, home, progress });
  const announced = await announcedOnceAnswered(log);
  const databases = await databasesOf(environment, announced, {
    blobs,
    folder: join(folder, 'databases'),
    env,
    withDatabase: environment.withDatabase,
    observer,
    progress,
  });
  const layouts = new FolderLayouts(layoutsIn(folder));
  await layouts.clear();
  const tracer = telemetry.tracer('sandbox-runner');
  const known: Bench = {
    // Both change while the runner runs.
    get scanner() {
      return databases.scanner.identity;
    },
    get database() {
      return databases.scanner.database;
    },
    driver: environment.driver,
    witnessVersion: environment.witnessVersion,
    lists: packageListsVersion,
  };
  const host = new ServiceHost(deciderOn(known), { log, store, observer, tracer });
  const attemptTimeoutMs = settings.scanSeconds * 1000;
  const clients = new RegistryClients({ timeoutMs: attemptTimeoutMs, network });
  const pauses = new RegistryPauses();
  // No decision rests on it, so nothing waits for it.
  const descriptions = new PublishedDescriptions({ log, scanner: known.scanner.name, observer });
  const config = (): Config => host.config.value;
  const clocks = new ClockWatch({
    app: 'sandbox-runner',
    log,
    others: () => [
      { what: 'the database in use is of', atMs: Date.parse(databases.scanner.database.builtAt) },
      ...registryTimes(),
    ],
  });
  const { slots } = settings.sandbox;
  const scans = new Gate(slots);
  const work = new ScanJob({
    get scanner() {
      return databases.scanner;
    },
    driver: environment.driver,
    blobs,
    clients,
    pauses,
    tracer,
    observer,
    attemptTimeoutMs,
    maxAttempts,
    layouts,
    slots: scans,
    pulledBytes: new Gate(settings.pulledBytes),
    clock: clocks.agesClock,
    registryTime,
    newsIn: (each, database) =>
      descriptions.newsIn(each, database, (config().announcement?.database.digest ?? database) === database),
    cache: new BlobCache(join(folder, 'blobs'), { maxBytes: settings.blobCacheBytes }),
    access: ({ loginServer, discovery }) => {
      const found = registries.find((registry) => registry.loginServer.toLowerCase() === loginServer.toLowerCase());
      if (found) return accessAs(found);
      return discovery === undefined ? {} : discoveries.accessTo({ loginServer, discovery });
    },
  });
  const loop = new JobLoop({
    app: 'sandbox-runner',
    store,
    observer,
    slots: Math.max(slots, settings.pulls),
    inTurn: true,
    leaseMs,
    maxAttempts,
    work: (job, signal) => work.run(job, signal),
    together: work.together,
    lanes: () => lanesOf(known, config(), slots),
  });
  const app = await NestFactory.create(SandboxRunnerModule, new FastifyAdapter() as never, {
    abortOnError: false,
    logger: false,
  });
  await consumeThrough(app, host as never);
  await app.init();
  const follow = (): void => databases.follow(storedIn(config().announcement, env));
  const unfollow = host.config.watch(follow);
  follow();
  await clocks.start();
  loop.start();
  const cleaning = new DailyCleaning({
    blobs,
    days: settings.blobDays,
    named: (signal) =>
      namedBlobs(
        { app: 'sandbox-runner', stateVersion: host.decider.stateVersion, store, log, waits: () => host.waits },
        signal,
      ),
    owned: () => host.owned(),
    observer,
    progress,
  });
  const weigher = new Weigher({
    app: 'sandbox-runner',
    stateVersion: host.decider.stateVersion,
    store,
    log,
    waits: () => host.waits,
    blobs,
    isAdvisedBy: await environment.registration.isAdvisedBy(),
    owned: () => host.owned(),
    observer,
  });
  cleaning.start();
  descriptions.start();
  weigher.start();
  const { program } = environment.registration.settings;
  const { walls, triedAt, sandbox } = environment;
  const isRecalled = (digest = known.scanner.digest): boolean => config().recalled.includes(digest);
  let announce: (scanner: Scanner) => Promise<void> = () => Promise.resolve();
  const builds = new Builds(
    {
      look: environment.look,
      open: environment.reopen,
      use: async (build) => {
        await databases.useBuild(build);
        await announce(build.scanner).catch((error: unknown) =>
          observer.failed('sandbox-runner', 'announcing another scanner', error),
        );
      },
      inUse: () => known.scanner,
      isRecalled,
      observer,
      progress,
    },
    environment.file,
  );
  builds.start();
  const ready = async (): Promise<string | undefined> => {
    const { name, version, digest } = known.scanner;
    return isRecalled()
      ? `the scanner ${name} ${version} (${digest}) is recalled: run \`assay scanner install ` +
          `${environment.registration.name}\`, which needs no restart, or set ${program} to another one and restart`
      : undefined;
  };
  const runner = (): RunnerState => ({
    driver: sandbox.driver,
    walls,
    triedAt,
    slots: { used: scans.used, of: slots },
    bounds: sandbox.bounds,
    scanner: known.scanner,
    database: databases.scanner.database,
  });
  const unmeasured = measuredRunner(runner, () => isRecalled(), pauses);
  return {
    name: 'sandbox-runner',
    app,
    bench: { ...environment, imageScanner: databases.scanner, database: databases.scanner.database },
    advisories: advisoriesOf(environment, databases.scanner.database, announced, env),
    onBuild: (listener) => {
      announce = listener;
      if (known.scanner.digest !== environment.scanner.digest) void listener(known.scanner);
    },
    ready,
    notes: () => [
      `${sandbox.driver} sandbox: ${describeBounds(sandbox.bounds)}`,
      ...host.notes(),
      ...databases.notes(),
      ...builds.notes(),
      ...notesOnGiven(config().announcement, databases.scanner.database, env),
      ...pauses.notes,
      ...[clocks.note()].flatMap((note) => note ?? []),
    ],
    figures: () => host.figures(),
    runner,
    waits: () => host.waits,
    close: async () => {
      unmeasured();
      cleaning.close();
      clocks.close();
      unfollow();
      await builds.close();
      await loop.close();
      await databases.close();
      await descriptions.close();
      await weigher.close();
      await layouts.clear();
      await clients.close();
      await app.close();
    },
  };
};

const unknownBench: Bench = {
  scanner: { name: 'none', version: '0', digest: `sha256:${'0'.repeat(64)}` },
  database: { digest: `sha256:${'0'.repeat(64)}`, builtAt: '1970-01-01T00:00:00Z', demonstration: true },
  driver: 'none',
};

/** Pulls and scans in a sandbox, once per digest. */
export const sandboxRunner = {
  name: 'sandbox-runner',
  routes: [],
  controllers: [],
  decider: deciderOn(unknownBench) as never,
  settings: sandboxRunnerSettings,
  start,
} satisfies Service;

export { clean, cleanedText, type Cleaned } from './cleaning/clean.ts';
export { answer as answerOffer, comparisonOf, weigh } from './databases/weigher.ts';
export { namedBlobs } from './cleaning/named-blobs.ts';
export { openScanEnvironment } from './scan-environment.ts';
export { openWitness } from './witness/index.ts';
export { declaredBlobDays, sandboxSettings, scannerSettings } from './settings.ts';
export {
  scannerFor,
  ScannerError,
  scanners,
  scannersDirectoryIn,
  type ScannerDescription,
  type ScannerRegistration,
} from './scanner/index.ts';
export {
  describeBounds,
  checkWalls,
  findSandbox,
  SandboxError,
  selfTest,
  type Sandbox,
  type SelfTestReport,
  type WallCheck,
} from './sandbox/index.ts';
