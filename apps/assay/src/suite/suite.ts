import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { present, planMode, type PlanChanged } from '@assay/events';
import { billing } from '@assay/billing';
import {
  AppendWatch,
  EmbeddedStore,
  FolderBlobs,
  isStandstillNote,
  type Observer,
  type RunningService,
  type Service,
  type ServicePorts,
  type Store,
} from '@assay/event-sourcing';
import { announceBuild, ingestion } from '@assay/ingestion';
import { startLocalRegistry, type LocalRegistry } from '@assay/local-registry';
import { recordOf, writableFolder, type EventLog } from '@assay/messaging';
import { Front } from '@assay/process';
import { recommendation } from '@assay/recommendation';
import { registriesSetting } from '@assay/registry';
import { sandboxRunner, type RunningRunner } from '@assay/sandbox-runner';
import { declaredSealKeyFile } from '@assay/seals';
import { declaredSigningKey, declaredToken } from '@assay/settings';
import type { Telemetry } from '@assay/telemetry';
import { DataFolder, type Endpoint } from './data.ts';
import { believed, certificateFor, type ServedCertificate } from './https.ts';
import { openLog } from './log.ts';
import { observing } from './observing.ts';
import { services } from './services.ts';
import { checkSettings } from './settings.ts';
import type { LocalRegistrySpec } from './local.ts';
import { localRegistryOf, namedAs } from './local-registry.ts';
import { sealKeyOf } from './seal-key.ts';

export interface SurroundingOptions {
  readonly data: DataFolder;
  /** Folder for scanners and their databases, shared by all data folders. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly telemetry: Telemetry;
  readonly progress: (line: string) => void;
  readonly failed: Observer['failed'];
  readonly accessed?: Observer['accessed'] | undefined;
  /** Receives a line for the operator. */
  readonly notify?: ((line: string) => void) | undefined;
}

export interface SuiteOptions extends SurroundingOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly registries: readonly LocalRegistrySpec[];
  /** Serves HTTPS, with a certificate of its own if none is configured. */
  readonly https?: boolean | undefined;
  /** Runs in place of the runner with its scanner: for a past that no scanner of today can give. */
  readonly runner?: typeof sandboxRunner | undefined;
}

/** Services that answer queries. They need no scanner. */
const readers: readonly Service[] = [recommendation, billing];

/** This process queries only itself, so the rate limit does not apply. */
const forItself = { ASSAY_REQUESTS_PER_SECOND: '1000000' };

/** All services in one process, with their surroundings. */
export class Suite {
  readonly #closing: (() => unknown)[] = [];
  endpoint!: Endpoint;
  log!: EventLog;
  #appends!: AppendWatch;
  /** The scanner, once all services run. */
  bench: RunningRunner['bench'] | undefined;
  readonly stores = new Map<string, Store>();
  readonly running = new Map<string, RunningService>();
  readonly #id = randomUUID();
  readonly #broken = Promise.withResolvers<never>();

  private constructor(readonly options: SurroundingOptions) {
    this.broken.catch(() => undefined);
  }

  /** Rejects when this process cannot go on. */
  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  /**
   * @throws DataInUse if another process has the data
   * @throws errors with a `code` and often a `remedy` if something is missing
   */
  static start(options: SuiteOptions): Promise<Suite> {
    return Suite.#opened(options, (suite) => suite.#startAll(options));
  }

  /** Starts only services that answer queries, for this process: nothing is ingested, and no endpoint is published. */
  static startReaders(options: SurroundingOptions, only: readonly Service[] = readers): Promise<Suite> {
    return Suite.#opened(options, (suite) => suite.#startReaders(only));
  }

  static async #opened(options: SurroundingOptions, start: (suite: Suite) => Promise<void>): Promise<Suite> {
    const suite = new Suite(options);
    try {
      await start(suite);
      return suite;
    } catch (error) {
      await suite.close();
      throw error;
    }
  }

  async #startAll({
    data,
    port,
    registries,
    env,
    progress,
    https,
    runner: given = sandboxRunner,
  }: SuiteOptions): Promise<void> {
    checkSettings(env);
    const { front, url, token, ca } = await this.#ground(port, () => certificateFor(env, data, https));
    const configured = registriesSetting.read(env);
    const locals = await Promise.all(registries.map((spec) => this.#registry(namedAs(spec, configured), url)));
    const shared = {
      ...env,
      ASSAY_API_TOKEN: token,
      ASSAY_SIGNING_KEY: declaredSigningKey.read(env) ?? data.secret('signing-key'),
      ASSAY_SEAL_KEY_FILE: declaredSealKeyFile.read(env) ?? sealKeyOf(data),
      ASSAY_REGISTRIES: JSON.stringify([...configured, ...locals.map(({ configured }) => configured)]),
    };
    await this.#switchOn(registries);
    const runner = (await this.#run(given, shared, front)) as RunningRunner;
    this.bench = runner.bench;
    const { scanner, driver } = runner.bench;
    progress(`${scanner.name} ${scanner.version} in the ${driver} sandbox`);
    const others = services.filter((service) => service !== sandboxRunner && service !== ingestion);
    const starting = others.map((service) => this.#run(service, shared, front));
    // A service in the middle of its start cannot be closed.
    await Promise.allSettled(starting);
    await Promise.all(starting);
    await this.#run(ingestion, shared, front, runner.advisories);
    runner.onBuild((build) => announceBuild(this.log, build));
    front.open();
    this.endpoint = {
      id: this.#id,
      url,
      token,
      pid: process.pid,
      data: data.path,
      log: present(data.identity(), 'identity of the log'),
      ...(ca ? { ca } : {}),
      registries: locals.map(({ spec, registry, configured }) => ({
        name: spec.name,
        loginServer: registry.loginServer,
        subscriptionId: spec.subscriptionId,
        registryId: configured.registryId,
      })),
    };
    // Written atomically: commands may be waiting for the file.
    writeFileSync(`${data.endpoint}.new`, `${JSON.stringify(this.endpoint, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${data.endpoint}.new`, data.endpoint);
    this.#closing.push(() => rmSync(data.endpoint, { force: true }));
  }

  async #startReaders(only: readonly Service[]): Promise<void> {
    const { front, url, token } = await this.#ground(0);
    await Promise.all(
      only.map((service) => this.#run(service, { ...this.options.env, ...forItself, ASSAY_API_TOKEN: token }, front)),
    );
    front.open();
    this.endpoint = { id: this.#id, url, token, pid: process.pid, registries: [] };
  }

  /** Opens the log, which also locks the data, and the port. */
  async #ground(
    port: number,
    certificate: () => Promise<ServedCertificate | undefined> = async () => undefined,
  ): Promise<{ front: Front; url: string; token: string; ca: string | undefined }> {
    const { data, env } = this.options;
    writableFolder(data.path, '--data');
    // The API protects the data by a token, so the folder must not be readable for others.
    chmodSync(data.path, 0o700);
    this.#appends = new AppendWatch(openLog(data, env));
    const { log } = this.#appends;
    this.log = log;
    this.#closing.push(() => log.close());
    const tls = await certificate();
    const front = new Front(this.#id, undefined, tls);
    const url = await front.listen(port);
    this.#closing.push(() => front.close());
    if (tls) await believed(url);
    return { front, url, token: declaredToken.read(env) ?? data.secret('token'), ca: tls?.caFile };
  }

  async #registry(
    spec: LocalRegistrySpec,
    url: string,
  ): Promise<{ spec: LocalRegistrySpec; registry: LocalRegistry; configured: { registryId: string } }> {
    const { data } = this.options;
    const secret = data.secret(`webhook-${spec.name}`);
    const registry = await startLocalRegistry({
      directory: data.registry(spec.name),
      host: '127.0.0.1',
      port: spec.port,
      webhook: { url: `${url}/ingest/acr`, headers: { authorization: `Bearer ${secret}` } },
    });
    this.#closing.push(() => registry.close());
    return { spec, registry, configured: localRegistryOf(spec, registry.loginServer, secret) };
  }

  /**
   * Switches on the initial plans of the embedded suite's own subscriptions, by an ordinary event. A plan switched
   * before stays as it is.
   */
  async #switchOn(registries: readonly LocalRegistrySpec[]): Promise<void> {
    const known = new Set<string>();
    for await (const { records } of this.log.read('plan.changed', 0, 0, await this.log.end('plan.changed', 0))) {
      for (const { value } of records) known.add((JSON.parse(value) as PlanChanged).subscriptionId);
    }
    const now = new Date().toISOString();
    const events = registries
      .flatMap(({ plan, subscriptionId }) => (plan && !known.has(subscriptionId) ? [{ plan, subscriptionId }] : []))
      .map(({ plan, subscriptionId }) => {
        const id = randomUUID();
        const data: PlanChanged = {
          subscriptionId,
          plan,
          tier: 'Standard',
          mode: planMode({ plan }),
          from: now,
          by: 'embedded-suite',
          why: 'A suite for trials starts with its plan on.',
        };
        return {
          id,
          source: '/assay/eligibility',
          subject: subscriptionId,
          time: now,
          correlationid: id,
          topic: 'plan.changed' as const,
          data,
        };
      });
    await this.log.append(events.map((event) => recordOf(event, this.log.partitions)));
  }

  async #run(
    service: Service,
    env: ServicePorts['env'],
    front: Front,
    advisories?: ServicePorts['advisories'],
  ): Promise<RunningService> {
    const { data, home, telemetry, progress } = this.options;
    const store = new EmbeddedStore(data.store(service.name));
    this.stores.set(service.name, store);
    const folder = data.service(service.name);
    mkdirSync(folder, { recursive: true });
    let running: RunningService | undefined;
    // The service closes before its store, in any order of the starts.
    this.#closing.push(async () => {
      await running?.close();
      await store.close();
    });
    const observer = observing(service.name, this.options);
    await telemetry.flush();
    running = await service.start({
      log: this.log,
      store,
      blobs: new FolderBlobs(data.blobs),
      telemetry,
      observer,
      env,
      folder,
      home,
      progress,
      fatal: this.#broken.reject,
      together: () => front.health(),
      advisories,
    });
    this.running.set(service.name, running);
    await front.mount(service, this.#appends.readyWith(running));
    return running;
  }

  /** Services with partitions at a standstill. */
  halted(): readonly string[] {
    return [...this.running].filter(([, { notes }]) => notes?.().some(isStandstillNote)).map(([name]) => name);
  }

  /** Closes in reverse order: ingestion stops first, and work in progress is finished or handed back. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed())
      await Promise.resolve(close()).catch((error: unknown) => this.options.failed('suite', 'closing', error));
  }
}
