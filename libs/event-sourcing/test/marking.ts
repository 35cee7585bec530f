import {
  causeOf,
  decode,
  definitionOf,
  encodeMark,
  type AnyEvent,
  type AssayEvent,
  type Cause,
  type Database,
  type Mark,
} from '@assay/events';
import {
  answerTo,
  ServiceHost,
  type Decider,
  type EventDraft,
  type HostPorts,
  type Store,
} from '@assay/event-sourcing';
import { EmbeddedLog, recordOf, type EventLog, type Subscription } from '@assay/messaging';
import { digestOf, ports } from './toy.ts';

const exampleOf = (topic: AnyEvent['topic']): object => (definitionOf(topic)!.examples as Record<number, object>)[1]!;

let ids = 0;
const eventOf = (topic: AnyEvent['topic'], n: number, more: object = {}, sequence?: string): AnyEvent => ({
  id: `marking-${(ids += 1)}`,
  source: '/assay/test',
  subject: digestOf(n),
  time: '2026-11-24T09:15:02.600Z',
  correlationid: 'push',
  ...(sequence ? { sequence } : {}),
  topic,
  data: { ...exampleOf(topic), digest: digestOf(n), ...more },
});

const databaseOf = (n: number): Database => ({
  digest: digestOf(900 + n),
  builtAt: '2026-11-24T06:00:00.000Z',
  demonstration: false,
});

/** An image that is to be assessed. `driver` is poison to its handler, or makes the decision throw. */
export const approved = (n: number, more: object = {}) => eventOf('scan.approved', n, more);
export const announced = (n: number) => eventOf('advisories.updated', n, { scanner: 'trivy', database: databaseOf(n) });
/**
 * A result of a scan. A driver `poison` cannot be handled, a driver `throws` cannot be decided about, and one
 * of a driver `partial` does not make the image whole.
 */
export const completed = (n: number, sequence: string, driver = 'bwrap') =>
  eventOf('scan.completed', n, { driver }, sequence);
export const markOf = (n: number, sequence: string, ...except: number[]): Mark => ({
  id: `mark-${n}`,
  source: '/assay/sandbox-runner',
  time: '2026-11-24T09:15:02.600Z',
  sequence,
  data: {
    scanner: 'trivy',
    database: databaseOf(n),
    announced: n,
    except: except.map((each) => ({ digest: digestOf(each), reason: 'pull-failed' })),
  },
});

/** A mark of the classifier. */
export const answeredMark = (n: number, sequence: string): Mark => ({
  ...markOf(n, sequence),
  id: `answer-${n}`,
  source: '/assay/classifier',
  causationid: `mark-${n}`,
});

const isMark = (one: AnyEvent | Mark): one is Mark => !('topic' in one);

const topicOf = ({ source }: Mark): string =>
  source === '/assay/classifier' ? 'finding.classified' : 'scan.completed';

/** Appends events to their topics, and marks to that of their source. */
export const appendTo = (log: EventLog, ...all: (AnyEvent | Mark)[]) =>
  log.append(
    all.map((one) =>
      isMark(one) ? { ...encodeMark(one), topic: topicOf(one), partition: 0 } : recordOf(one, log.partitions),
    ),
  );

interface Assessed {
  readonly approved?: { readonly cause: Cause; readonly mode: string; readonly heldIn: readonly string[] };
}
interface Assessments {
  readonly completed?: boolean;
  /** Digest of the database of the last assessment that was published. */
  readonly database?: string;
}
interface Announcement {
  readonly announced: number;
  readonly database?: Database;
}

/** The result of a job of the assessor. */
export interface AssessmentResult {
  readonly differs: boolean;
}

/**
 * A small service in place of the runner: it completes each approval at once, assesses it again with each announced
 * database, and publishes only what differs.
 */
export const assessor: Decider<Assessed, Assessments, Announcement> = {
  app: 'sandbox-runner',
  stateVersion: 1,
  hasJobs: true,
  empty: () => ({ received: {}, emitted: {} }),
  noConfig: { announced: 0 },
  evolveReceived: (_, any) => {
    const event = any as AssayEvent<'scan.approved'>;
    if (event.data.pushId === 'poison') throw new Error('this one cannot be handled');
    const { pushId: mode, registryId } = event.data;
    return { approved: { cause: causeOf(event), mode, heldIn: [registryId.toLowerCase()] } };
  },
  evolveEmitted: (emitted, any) => {
    const event = any as AssayEvent<'scan.completed' | 'scan.reassessed'>;
    return event.topic === 'scan.completed'
      ? { ...emitted, completed: true }
      : { ...emitted, database: event.data.database.digest };
  },
  decide: ({ received, emitted }, { key, config, jobs, note }) => {
    if (!received.approved) return { events: [] };
    const { cause, mode, heldIn } = received.approved;
    if (mode === 'throws') throw new Error('this one cannot be decided');
    const completion: EventDraft[] = emitted.completed
      ? []
      : [
          {
            topic: 'scan.completed',
            cause,
            idempotencyKey: key,
            data: { ...exampleOf('scan.completed'), digest: key },
          },
        ];
    const { database } = config;
    const noted = (note as { database?: string } | undefined)?.database;
    if (!database || emitted.database === database.digest || noted === database.digest)
      return { events: completion, note };
    const id = `reassess/${database.digest}`;
    const result = jobs.find((job) => job.id === id)?.result as AssessmentResult | undefined;
    // In the same decision as the result that is due: nothing evaluates the key before a mark.
    if (!result) return { events: completion, note, jobs: [{ id, lane: 'rescan', payload: { heldIn } }] };
    return {
      events: result.differs
        ? [
            {
              topic: 'scan.reassessed',
              cause,
              idempotencyKey: key,
              occurrence: database.digest,
              data: { ...exampleOf('scan.reassessed'), digest: key, database },
            },
          ]
        : [],
      note: { database: database.digest },
    };
  },
  evolveConfig: (config, any) => {
    const event = any as AssayEvent;
    return event.topic === 'advisories.updated'
      ? { announced: config.announced + 1, database: event.data.database }
      : config;
  },
  matters: ({ topic }) => topic === 'advisories.updated',
  registriesIn: (payload) => (payload as { readonly heldIn: readonly string[] }).heldIn,
  mark: ({ config: { announced: offset, database }, marks: { emitted } }) =>
    database && emitted?.announced !== offset ? { scanner: 'trivy', database, announced: offset } : undefined,
};

type Results = Readonly<Record<string, { readonly cause: Cause; readonly driver: string }>>;
type Answered = Readonly<Record<string, true>>;

/** A small service in place of the classifier: it answers each result, and each mark. */
export const answerer: Decider<Results, Answered, object> = {
  app: 'classifier',
  stateVersion: 1,
  empty: () => ({ received: {}, emitted: {} }),
  noConfig: {},
  evolveReceived: (received, any) => {
    const event = any as AssayEvent<'scan.completed'>;
    if (event.data.driver === 'poison') throw new Error('this one cannot be handled');
    return { ...received, [event.id]: { cause: causeOf(event), driver: event.data.driver } };
  },
  isWhole: (_, any) => (any as AssayEvent<'scan.completed'>).data.driver !== 'partial',
  evolveEmitted: (emitted, { causationid }) => ({ ...emitted, [causationid!]: true }),
  decide: ({ received, emitted }, { key }) => ({
    events: Object.values(received)
      .filter(({ cause }) => !emitted[cause.id])
      .map(({ cause, driver }) => {
        if (driver === 'throws') throw new Error('this one cannot be decided');
        return {
          topic: 'finding.classified' as const,
          cause,
          idempotencyKey: key,
          data: { ...exampleOf('finding.classified'), digest: key },
        };
      }),
  }),
  evolveConfig: (config) => config,
  matters: () => false,
  mark: ({ marks }) => answerTo(marks),
};

/** A log with one partition, so that all images share their marks. */
export const oneLog = (): EmbeddedLog => new EmbeddedLog(':memory:', 1);

/** Starts a small service as a service would be, and returns a function to stop it. */
export const hosting = async <R, E, C>(
  decider: Decider<R, E, C>,
  topics: readonly string[],
  log: EventLog,
  store: Store,
  more: Partial<HostPorts> = {},
): Promise<Subscription['close']> => {
  const host = new ServiceHost(decider, ports(log, store, more));
  const { close } = await host.open(topics, async (event, context) => {
    (context as { unit: { receive(e: AnyEvent): void } }).unit.receive(event);
  });
  return close;
};

/** The records of a topic in order: events as `<topic> <image>`, marks as `mark <announced>` and their exceptions. */
export const linesIn = async (log: EventLog, topic: string): Promise<string[]> => {
  const lines = [];
  for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0))) {
    for (const record of records) {
      const decoded = decode(topic, record);
      if (decoded.kind === 'event') lines.push(`${decoded.event.topic} ${numberOf(decoded.event.subject)}`);
      if (decoded.kind === 'mark') lines.push(lineOf(decoded.mark));
    }
  }
  return lines;
};

export const numberOf = (digest: string): number => Number.parseInt(digest.slice(7), 16);

const lineOf = ({ data: { announced: offset, except, registries = [] } }: Mark): string =>
  [
    `mark ${offset}`,
    ...except.map(({ digest, reason }) => `${numberOf(digest)}: ${reason}`),
    ...registries.map(({ registryId, reason }) => `${registryId}: ${reason}`),
  ].join(', ');
