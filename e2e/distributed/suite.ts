import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { services } from '../../apps/assay/dist/suite/services.js';
import type { Plan } from '@assay/events';
import type { Endpoint } from '../../apps/assay/src/suite/data.ts';
import { freePort } from '../../tools/services/index.ts';
import { Ingress } from './ingress.ts';
import { ServiceProcess, type CommandOf } from './service-process.ts';

/** A registry to watch, as in `ASSAY_REGISTRIES`, with its name for `assay push`. */
export interface WatchedRegistry {
  readonly name: string;
  readonly registryId: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly loginServer: string;
  readonly secret: string;
  readonly [other: string]: unknown;
}

export interface DistributedOptions {
  /** Everything that is kept besides Kafka and Redis: logs, blobs, read models. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Replicas of each service. */
  readonly replicas?: number;
  /** Additional settings of one replica (counted from 1). */
  readonly envOf?: (service: string, replica: number) => Readonly<Record<string, string>>;
  readonly registries: readonly WatchedRegistry[];
  readonly port?: number;
  readonly detached?: boolean;
  /** The command of a service, if it is not what is built here. */
  readonly commandOf?: CommandOf | undefined;
}

/** The six services, each in its own processes, on a running Kafka and Redis, behind one port. */
export class DistributedSuite {
  readonly #options: DistributedOptions;
  readonly #token: string;
  readonly #signingKey: string;
  readonly processes: ServiceProcess[] = [];
  #ingress: Ingress | undefined;
  endpoint!: Endpoint;

  private constructor(options: DistributedOptions) {
    this.#options = options;
    const secret = (): string => randomBytes(24).toString('base64url');
    [this.#token, this.#signingKey] = [
      options.env.ASSAY_API_TOKEN || secret(),
      options.env.ASSAY_SIGNING_KEY || secret(),
    ];
  }

  static async start(options: DistributedOptions): Promise<DistributedSuite> {
    const suite = new DistributedSuite(options);
    try {
      await suite.#start();
      return suite;
    } catch (error) {
      await suite.close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { folder, replicas = 1, registries, port = 0, detached = false } = this.#options;
    for (const { name } of services) for (let replica = 1; replica <= replicas; replica += 1) await this.#place(name);
    for (const each of this.processes) each.start(detached, { ASSAY_SERVICES: this.#addresses });
    await Promise.all(this.processes.map((each) => each.ready()));
    const id = randomUUID();
    // Recommendation answers all other paths below /subscriptions and /assay, so it comes last.
    const upstreams = services
      .toSorted((a, b) => Number(a.name === 'recommendation') - Number(b.name === 'recommendation'))
      .map(({ name, routes }) => ({
        routes,
        ports: () =>
          this.of(name)
            .filter(({ runs }) => runs)
            .map((each) => each.port),
      }));
    this.#ingress = new Ingress(id, upstreams);
    const url = await this.#ingress.listen(port);
    this.endpoint = {
      id,
      url,
      token: this.#token,
      pid: process.pid,
      registries: registries.map(({ name, loginServer, subscriptionId, registryId }) => ({
        name,
        loginServer,
        subscriptionId,
        registryId,
      })),
    };
    await writeFile(join(folder, 'endpoint.json'), `${JSON.stringify(this.endpoint, null, 2)}\n`, { mode: 0o600 });
  }

  /** Adds a place for one more replica of a service, which does not run yet. */
  async #place(service: string): Promise<ServiceProcess> {
    const { folder, env, envOf, registries, commandOf } = this.#options;
    const replica = this.of(service).length + 1;
    const own = join(folder, `${service}-${replica}`);
    await mkdir(own, { recursive: true });
    const settings = {
      ...env,
      ASSAY_API_TOKEN: this.#token,
      ASSAY_SIGNING_KEY: this.#signingKey,
      ASSAY_FOLDER: own,
      ASSAY_REGISTRIES: JSON.stringify(registries.map(({ name: _name, ...registry }) => registry)),
      ASSAY_BLOBS: env.ASSAY_BLOBS || join(folder, 'blobs'),
      ASSAY_KAFKA_REPLICATION: env.ASSAY_KAFKA_REPLICATION || '1',
      ASSAY_KAFKA_MIN_INSYNC: env.ASSAY_KAFKA_MIN_INSYNC || '1',
      ...envOf?.(service, replica),
    };
    const placed = new ServiceProcess(service, await freePort(), join(own, 'log.jsonl'), settings, commandOf);
    this.processes.push(placed);
    return placed;
  }

  /** The addresses of all replicas, in the form that recommendation is configured with. */
  get #addresses(): string {
    return this.processes.map(({ service, port }) => `${service}=http://127.0.0.1:${port}`).join(',');
  }

  /** Starts one more replica of a service; does not wait until it is ready. */
  async add(service: string): Promise<ServiceProcess> {
    const added = await this.#place(service);
    added.start(this.#options.detached, { ASSAY_SERVICES: this.#addresses });
    return added;
  }

  /** The replicas of a service. */
  of(service: string): readonly ServiceProcess[] {
    return this.processes.filter((each) => each.service === service);
  }

  /** An answer of the public API. */
  async get<T>(path: string): Promise<T> {
    const answer = await fetch(this.endpoint.url + path, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Switches the plan of a subscription, as an operator would. */
  async switchPlan(
    subscriptionId: string,
    pricingTier: 'Standard' | 'Free',
    plan: Plan = 'ContainerRegistry',
  ): Promise<void> {
    const answer = await fetch(
      `${this.endpoint.url}/subscriptions/${subscriptionId}/providers/Microsoft.Security/pricings/${plan}` +
        '?api-version=2024-01-01',
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ properties: { pricingTier } }),
      },
    );
    if (!answer.ok)
      throw new Error(`the plan could not be switched to ${pricingTier}: ${answer.status} ${await answer.text()}`);
  }

  switchOn(subscriptionId: string, plan?: Plan): Promise<void> {
    return this.switchPlan(subscriptionId, 'Standard', plan);
  }

  async close(): Promise<void> {
    await this.#ingress?.close();
    await Promise.all(this.processes.map((each) => each.stop()));
  }
}
