import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kafkaSettings, openKafkaLog, type EventLog } from '@assay/messaging';
import { DistributedSuite, type WatchedRegistry } from '../../distributed/suite.ts';
import type { Random } from '../../simulation/world/random.ts';
import { exchange } from '../../../tools/services/ports.ts';
import { plannedRegistry, startRegistry } from './registries.ts';
import { NotificationRelay } from './relay.ts';
import { layRoads, type Ground } from './roads.ts';
import { unhurried } from '../../unhurried.ts';

export interface SceneOptions {
  /** Logs and data of everything. */
  readonly folder: string;
  readonly replicas: number;
  readonly random: Random;
  readonly env?: Readonly<Record<string, string>>;
}

/** The clock of the last host is ahead by this much: more than a lease lasts. */
const clockAheadMs = 20_000;
const clockOff = fileURLToPath(new URL('clock-off.mjs', import.meta.url));

const home = fileURLToPath(new URL('../../../node_modules/.cache/assay', import.meta.url));

/** Everything real: Kafka, Redis, two registries, the relay of their notifications, and the six services. */
export class TormentScene {
  /** Fewer than usual: each replica still owns several, and a rebalance costs less. */
  readonly partitions = 6;
  readonly #options: SceneOptions;
  readonly #stops: (() => Promise<unknown>)[] = [];
  ground!: Ground;
  relay!: NotificationRelay;
  suite!: DistributedSuite;
  registries!: readonly WatchedRegistry[];

  private constructor(options: SceneOptions) {
    this.#options = options;
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(this.#sealKey, key, { mode: 0o600 });
  }

  static async start(options: SceneOptions): Promise<TormentScene> {
    const scene = new TormentScene(options);
    try {
      await scene.#start();
      return scene;
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { folder, replicas, random } = this.#options;
    this.ground = await layRoads(folder, replicas);
    this.#stops.push(() => this.ground.stop());
    this.registries = [await plannedRegistry('first', 1), await plannedRegistry('second', 2)];
    this.relay = new NotificationRelay(
      random,
      new Map(this.registries.map((registry) => [registry.name, registry])),
      () => this.suite?.endpoint.url,
    );
    const url = await this.relay.listen();
    this.#stops.push(() => this.relay.stop());
    for (const registry of this.registries) {
      const server = await startRegistry(registry, folder, url);
      this.#stops.push(() => server.stop());
    }
    this.suite = await DistributedSuite.start({
      folder: join(folder, 'suite'),
      replicas,
      registries: this.registries,
      env: this.env,
      envOf: (_, replica) => ({
        ...this.#road(replica - 1),
        ...(replicas > 1 && replica === replicas ? this.#clock() : {}),
      }),
    });
    this.#stops.push(() => this.suite.close());
    for (const { subscriptionId } of this.registries) await this.suite.switchOn(subscriptionId);
  }

  get #sealKey(): string {
    return join(this.#options.folder, 'seal-key.pem');
  }

  /** The outside place of the seals. */
  get sealFile(): string {
    return join(this.#options.folder, 'seals.jsonl');
  }

  get blobs(): string {
    return join(this.#options.folder, 'suite', 'blobs');
  }

  /** The environment in which this process reaches Kafka and Redis, by no road that is ever blocked. */
  get env(): NodeJS.ProcessEnv {
    const { kafka, redis } = this.ground;
    return {
      ...process.env,
      ...unhurried,
      ASSAY_HOME: home,
      ASSAY_KAFKA_BROKERS: kafka.url,
      ASSAY_KAFKA_REPLICATION: '1',
      ASSAY_KAFKA_MIN_INSYNC: '1',
      ASSAY_REDIS_URL: redis.url,
      ASSAY_PARTITIONS: String(this.partitions),
      ASSAY_KAFKA_SESSION_MS: '6000',
      ASSAY_SWEEP_SECONDS: '15',
      ASSAY_SEAL_KEY_FILE: this.#sealKey,
      ASSAY_SEAL_SECONDS: '3',
      ASSAY_SEAL_FILE: this.sealFile,
      ASSAY_DATABASE_SOURCES: 'off',
      ASSAY_QUERY_QUOTA: '100000',
      ASSAY_QUERY_MB: '64',
      ...this.#options.env,
    };
  }

  #road(at: number): Record<string, string> {
    const { kafka, redis } = this.ground.roads[at]!;
    return { ASSAY_KAFKA_BROKERS: `127.0.0.1:${kafka.port}`, ASSAY_REDIS_URL: `redis://127.0.0.1:${redis.port}` };
  }

  #clock(): Record<string, string> {
    const { NODE_OPTIONS = '' } = this.env;
    return {
      NODE_OPTIONS: `${NODE_OPTIONS} --import ${clockOff}`.trim(),
      ASSAY_TORMENT_CLOCK_MS: String(clockAheadMs),
    };
  }

  /** An operator must never empty Redis; a run does it once. */
  async emptyRedis(): Promise<void> {
    const answer = await exchange(this.ground.redis.port, Buffer.from('FLUSHALL SYNC\r\n'), (so) =>
      so.includes('\r\n'),
    );
    if (!answer?.toString().startsWith('+OK'))
      throw new Error(`Redis could not be emptied: ${answer?.toString() ?? 'it does not answer'}`);
  }

  /** A log of this process's own. */
  openLog(): Promise<EventLog> {
    return openKafkaLog(kafkaSettings(this.env), { partitions: this.partitions, clientId: 'torment' });
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop().catch(() => undefined);
  }
}
