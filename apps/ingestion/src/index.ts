import { armApplication } from '@assay/http';
import {
  ClockWatch,
  consumeThrough,
  JobLoop,
  ServiceHost,
  type Service,
  type ServicePorts,
  type RunningService,
} from '@assay/event-sourcing';
import {
  clientOf,
  measuredRegistries,
  RegistryClients,
  RegistryPauses,
  registryTimes,
  ResourceManager,
} from '@assay/registry';
import { measuredRequests } from '@assay/telemetry';
import { packageListsVersion } from '@assay/verdict';
import { keeperOf, orderedSources } from './advisories/keeper-of.ts';
import { DatabaseOrders } from './advisories/orders.ts';
import { Refresher } from './advisories/refresher.ts';
import { Lister } from './discovery/lister.ts';
import { DiscoveryOrders } from './discovery/orders.ts';
import { decider, deciderWithin } from './domain/decider.ts';
import { inspectionLane, lateLane } from './domain/lanes.ts';
import { authenticateSenders } from './http/door.ts';
import { GridSenders } from './http/event-grid-auth.ts';
import { Intake } from './http/intake.ts';
import { Secrets } from './http/secrets.ts';
import { tokenSenders } from './http/token-senders.ts';
import { ingestionControllers, IngestionModule } from './ingestion.module.ts';
import { inspection, inspectionTimeoutMs } from './jobs/inspection.ts';
import { accessBy } from './registry/access.ts';
import { announceAdvisories, announceRegistries } from './registry/announce.ts';
import { SweepOrders } from './registry/sweep-orders.ts';
import { Sweeper } from './registry/sweeper.ts';
import { childrenIn } from './running/children.ts';
import { ClusterReports } from './running/reports.ts';
import { SealFile, SealRepository, type OutsidePlace } from './sealing/outside.ts';
import { Sealer } from './sealing/sealer.ts';
import { Seals } from './sealing/seals.ts';
import { ingestionSettings } from './settings.ts';

/**
 * Attempts after a failure that is not the registry's fault: a process that ends during the inspection, or a mistake of
 * ours.
 */
const maxAttempts = 3;
const leaseMs = 15_000;
const slots = 16;
/** One registry that does not answer must not hold up the others. */
const slotsPerRegistry = 4;
/** Retries must not take the place of new pushes either. */
const lateSlots = 2;
/**
 * An envelope of a registry may hold many events, and the registry repeats one that is refused for its size for ever.
 */
const bodyLimit = 8 * 2 ** 20;

let turn = 0;
/** Rotates the registries, so that each comes first once in a while. */
const turnsOf = (loginServers: readonly string[]): { lane: string; most: number }[] => {
  turn += 1;
  const first = turn % Math.max(1, loginServers.length);
  const inTurn = [...loginServers.slice(first), ...loginServers.slice(0, first)];
  return [
    ...inTurn.map((each) => ({ lane: inspectionLane(each), most: slotsPerRegistry })),
    ...inTurn.map((each) => ({ lane: lateLane(each), most: lateSlots })),
  ];
};

const start = async ({
  log,
  store,
  blobs,
  folder,
  telemetry,
  observer,
  env,
  advisories,
}: ServicePorts): Promise<RunningService> => {
  const settings = ingestionSettings.read(env);
  const { registries: configured, caller, network } = settings;
  const { discoveries, webhooks } = settings.discovery;
  const tracer = telemetry.tracer('ingestion');
  const host = new ServiceHost(deciderWithin(settings.inspectionSeconds * 1000), { log, store, observer, tracer });
  const access = accessBy(host.config, configured, discoveries);
  const pauses = new RegistryPauses();
  const sweeper = new Sweeper({
    log,
    store,
    config: host.config,
    access,
    tracer,
    connect: (each, signal, requested) => clientOf(each, { signal, network, requested }),
    observer,
    pauses,
    owned: () => host.owned(),
    intervalMs: settings.sweepSeconds * 1000,
    sliceMs: settings.sweepSliceSeconds * 1000,
    deletesPercent: settings.sweepDeletesPercent,
  });
  const intake = new Intake(
    log,
    host.config,
    tracer,
    (loginServer) => void sweeper.sweep(loginServer),
    (...push) => refresher.pushed(...push),
  );
  const orders = new SweepOrders(log, host.config, (loginServer) => void sweeper.sweep(loginServer));
  const lister = new Lister({
    log,
    config: host.config,
    discoveries,
    webhooks,
    configured,
    connect: (discovery) => new ResourceManager(discovery, { network }),
    owned: () => host.owned(),
    opened: (loginServer) => void sweeper.sweep(loginServer),
    observer,
    deletesPercent: settings.sweepDeletesPercent,
  });
  const listings = new DiscoveryOrders(log, host.config, discoveries, (key) => lister.listedAt(key));
  const secrets = new Secrets(configured, () => host.config.value, webhooks);
  const databaseClients = new RegistryClients({ network });
  const databases = new DatabaseOrders(
    keeperOf(settings, {
      log,
      blobs,
      folder,
      clients: databaseClients,
      failed: (activity, error) => observer.failed('ingestion', activity, error),
    }),
    undefined,
    () => refresher.noticed(),
  );
  const clocks = new ClockWatch({ app: 'ingestion', log, others: registryTimes });
  const refresher = new Refresher({
    log,
    clients: databaseClients,
    sources: orderedSources(settings),
    isConfigured: settings.databaseSources !== undefined,
    update: () => databases.refreshed(),
    settle: () => databases.settled(),
    held: () => databases.keeper.held(),
    owned: () => host.owned(),
    observer,
    everyMs: settings.databaseHours * 3_600_000,
    clockNote: () => clocks.note(),
  });
  const { keys, seconds, places: named } = settings.seal;
  const places: readonly OutsidePlace[] = [
    ...(named.file === undefined ? [] : [new SealFile(named.file)]),
    ...named.repositories.map((place) => new SealRepository(place, { network })),
  ];
  const sealer =
    keys &&
    new Sealer({
      log,
      blobs,
      keys,
      places,
      owned: () => host.owned(),
      observer,
      everyMs: seconds * 1000,
    });
  const seals = new Seals({ log, blobs, keys, places, sealer });
  const app = await armApplication(
    IngestionModule.of(
      intake,
      settings.gridOrigins,
      orders,
      listings,
      databases,
      refresher,
      seals,
      new ClusterReports({ log, blobs, childrenOf: childrenIn(store, log.partitions) }),
    ),
    {
      bodyLimit,
      access: caller.access,
      rate: settings.rate,
      signingKey: settings.signingKey,
      reached: ({ topic, offsets }) => host.config.reached(topic, offsets[0] ?? 0),
      failed: (operation, error) => observer.failed('ingestion', operation, error),
      answered: measuredRequests('ingestion'),
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  authenticateSenders(
    fastify as never,
    secrets,
    new GridSenders(secrets, caller.oidc && tokenSenders(caller.oidc, configured)),
    intake,
  );
  // Bodies are read as bytes: a body that is no JSON must still be answered by the route, which knows the sender's
  // rules.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const clients = new RegistryClients({ timeoutMs: inspectionTimeoutMs, network });
  const loop = new JobLoop({
    app: 'ingestion',
    store,
    observer,
    slots,
    leaseMs,
    maxAttempts,
    lanes: () => turnsOf([...host.config.value.byLoginServer.keys()]),
    work: inspection({ access, clients, pauses, tracer, maxAttempts }),
  });
  await consumeThrough(app, host as never);
  await announceRegistries(log, host.config, configured, discoveries.current);
  await announceAdvisories(log, advisories, packageListsVersion);
  await host.config.until(({ byLoginServer }) =>
    configured.every(({ loginServer }) => byLoginServer.has(loginServer.toLowerCase())),
  );
  await app.init();
  const unwatch = [
    host.config.watch(() => intake.countFromZero()),
    measuredRegistries('ingestion', pauses, () => orders.areReached()),
  ];
  intake.countFromZero();
  loop.start();
  sweeper.start();
  if (discoveries.isSet) lister.start();
  await clocks.start();
  refresher.start();
  sealer?.start();
  return {
    name: 'ingestion',
    app,
    notes: () => [...host.notes(), ...refresher.notes(), ...pauses.notes, ...(sealer?.notes() ?? [])],
    figures: () => host.figures(),
    waits: () => host.waits,
    close: async () => {
      for (const end of unwatch) end();
      clocks.close();
      await lister.close();
      await sweeper.close();
      await sealer?.close();
      for (const place of places) await place.close?.();
      await Promise.all([refresher.close(), databases.close()]);
      await loop.close();
      await clients.close();
      await app.close();
    },
  };
};

/** Takes notifications, reads what was pushed, and sweeps registries. */
export const ingestion: Service = {
  name: 'ingestion',
  routes: [
    /^\/ingest(\/|$)/i,
    /^\/assay\/sweeps(?=[/?]|$)/i,
    /^\/assay\/discovery(?=[/?]|$)/i,
    /^\/assay\/databases(?=[/?]|$)/i,
    /^\/assay\/(keys|seals)(?=[/?]|$)/i,
    /^\/assay\/running(?=[/?]|$)/i,
  ],
  controllers: ingestionControllers,
  decider: decider as never,
  settings: ingestionSettings,
  start,
};

export { keeperOf, orderedSources } from './advisories/keeper-of.ts';
export { announceBuild } from './registry/announce.ts';
export { databaseSettings } from './settings.ts';
export type { DatabaseKeeper, DatabaseStanding, WaitingDatabase, Updated } from './advisories/keeper.ts';
export type { JavaStanding, JavaUpdated } from './advisories/java-keeper.ts';
export type { UpdateProgress } from './advisories/keeping.ts';
export type { DatabaseSource } from './advisories/sources.ts';
