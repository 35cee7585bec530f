import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { causeIn, ServiceError } from './failure.ts';
import { kafkaJars, type Jars } from './kafka-jars.ts';
import { accountsOf, isSecured, secureProperties, type Secured } from './kafka-secured.ts';
import { exchange, freePort, host } from './ports.ts';
import { RunningServer, unstarted } from './server.ts';

const run = promisify(execFile);
const remedy = 'apt-get install default-jre-headless (Java 17 or newer)';

export interface KafkaServerOptions extends Secured {
  /** The folder of its log; existing content is kept. */
  readonly folder: string;
  readonly port?: number;
  readonly heapMb?: number;
  /** Additional lines of server.properties; they override ours. */
  readonly properties?: Readonly<Record<string, string | number>>;
  readonly jvmArgs?: readonly string[];
  readonly detached?: boolean;
}

export type Kafka = RunningServer & {
  /** The address for clients with an account or encryption, as `host:port`. */
  readonly secureUrl: string | undefined;
};

/**
 * Apache Kafka: broker and controller in one process (KRaft). Its port has neither encryption nor passwords; with
 * `scram`, `oauthBearer` or `tls` it has a second one, as `secureUrl`.
 */
export const startKafka = async (options: KafkaServerOptions): Promise<Kafka> => {
  const jars = await kafkaJars(async (those, folder) => {
    const once = await launch(those, { folder, jvmArgs: [`-XX:ArchiveClassesAtExit=${those.archive}`] });
    await once.stop();
  });
  return await launch(jars, {
    ...options,
    jvmArgs: [`-XX:SharedArchiveFile=${jars.archive}`, ...(options.jvmArgs ?? [])],
  });
};

const launch = async ({ classPath }: Jars, options: KafkaServerOptions): Promise<Kafka> => {
  const { heapMb = 512, properties = {}, jvmArgs = [], detached = false } = options;
  const folder = resolve(options.folder);
  const [port, controllerPort] = [options.port ?? (await freePort()), await freePort()];
  const securePort = isSecured(options) ? (options.securePort ?? (await freePort())) : undefined;
  const settings = join(folder, 'server.properties');
  const listeners = [
    `PLAINTEXT://${host}:${port}`,
    ...(securePort === undefined ? [] : [`SECURE://${host}:${securePort}`]),
  ];
  const java = (main: string, ...args: string[]): string[] => [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...jvmArgs,
    '-cp',
    classPath,
    main,
    ...args,
  ];
  await mkdir(folder, { recursive: true });
  await writeFile(
    settings,
    linesOf({
      ...ours(folder, controllerPort, listeners),
      ...(securePort !== undefined && secureProperties(options)),
      ...properties,
    }),
    { mode: 0o600 },
  );
  if (!existsSync(join(folder, 'data', 'meta.properties')))
    await format(java('kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', settings, ...accountsOf(options)));
  const server = await RunningServer.start({
    name: 'kafka',
    folder,
    port,
    url: `${host}:${port}`,
    command: 'java',
    args: java('kafka.Kafka', settings),
    detached,
    remedy,
    timeoutMs: 60_000,
    answers: kafkaAnswers,
  });
  return Object.assign(server, { secureUrl: securePort === undefined ? undefined : `${host}:${securePort}` });
};

const ours = (
  folder: string,
  controllerPort: number,
  listeners: readonly string[],
): Record<string, string | number> => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': `1@${host}:${controllerPort}`,
  listeners: [...listeners, `CONTROLLER://${host}:${controllerPort}`].join(','),
  'advertised.listeners': listeners.join(','),
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'log.dirs': join(folder, 'data'),
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  // One node does not need fifty partitions of each, and opens them one by one when the first group comes.
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.num.partitions': 8,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 6000,
  'auto.create.topics.enable': 'false',
  // After `kill -9`, the controller accepts the broker again once its old session has expired: 9 s by default.
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
  // By default 128 MB of the heap, although a topic or two of a few thousand keys need little.
  'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
});

const linesOf = (properties: Readonly<Record<string, string | number>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** 16 bytes, as Kafka writes them; an id that begins with a dash would be parsed as an option. */
const clusterId = (): string => `A${randomBytes(16).toString('base64url').slice(1, 21)}A`;

const format = async (args: readonly string[]): Promise<void> => {
  try {
    await run('java', args);
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') throw unstarted({ name: 'kafka', command: 'java', remedy }, error);
    throw new ServiceError(
      'service-failed',
      `kafka could not make its folder: ${causeIn(stderr ?? '')}: see the properties that were given, or ` +
        'give an empty folder',
      { cause: error },
    );
  }
};

/**
 * True if the cluster has a broker that accepts requests. A broker that listens but is still fenced does not count
 * itself. Sends a Metadata request of version 1, without topics.
 */
export const kafkaAnswers = async (port: number): Promise<boolean> => {
  const question = Buffer.alloc(18);
  // Length of the rest, API key, API version, correlation id, no client id, no topics.
  question.writeInt32BE(14, 0);
  question.writeInt16BE(3, 4);
  question.writeInt16BE(1, 6);
  question.writeInt32BE(7, 8);
  question.writeInt16BE(-1, 12);
  question.writeInt32BE(0, 14);
  const answer = await exchange(port, question, ({ length }) => length >= 12);
  // After length and correlation id: the number of brokers.
  return answer !== undefined && answer.readInt32BE(8) > 0;
};
