/** The values of a label: a closed list, or a text that names the bound of an open one. */
export type LabelValues = readonly (string | boolean)[] | string;

/** One metric. Its name is its key in the catalogue, by the rules of OpenTelemetry. */
export interface Metric {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** UCUM: `s`, `By`, `1` for a ratio, or an annotation in braces for a count. Absent for a flag of 0 or 1. */
  readonly unit?: string;
  /** The label `service` is not listed: every metric has it. A name that ends in `?` may be absent. */
  readonly labels: Readonly<Record<string, LabelValues>>;
  readonly description: string;
  /** The service that measures it; `all` services; or every `process`, which may hold several services. */
  readonly service: string;
  /** Upper bounds of the buckets of a histogram, in its unit. */
  readonly bounds?: readonly number[];
  /**
   * Of a gauge: whether the values of all instances of the service `add` up, since each is about its own partitions,
   * are the `same` for all, or are each about the instance `alone`.
   */
  readonly instances?: 'add' | 'same' | 'alone';
}

/** Around the promise of 15 minutes, in seconds. */
export const longBounds = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600] as const;
/** For requests, in seconds. The recommendation of the semantic conventions. */
export const shortBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

const lanes = ['push', 'backfill'] as const;
const statuses = ['healthy', 'unhealthy', 'not-applicable', 'undetermined'] as const;
const topic = 'the topics of the log';
const registry = 'the login servers of the configured registries';

/**
 * Every metric of Assay. Instruments are made only through it, so code and documents cannot differ from it. No label
 * holds a digest, a repository or a vulnerability: a label has few values, or its bound stands here.
 */
export const catalogue = {
  'assay.pushes': {
    kind: 'counter',
    unit: '{push}',
    labels: {
      lane: lanes,
      in_time: [true, false],
      outcome: [...statuses, 'declined', 'deleted', 'overdue'],
    },
    description: 'Pushes, each counted once: at its first final state, or when it is overdue without one',
    service: 'recommendation',
  },
  'assay.push.duration': {
    kind: 'histogram',
    unit: 's',
    labels: { lane: lanes },
    description: 'From the receipt of a push to its first answer, also if that changes nothing',
    service: 'recommendation',
    bounds: longBounds,
  },
  'assay.change.duration': {
    kind: 'histogram',
    unit: 's',
    labels: { cause: ['scan', 'rescan', 'rule', 'recall', 'refusal', 'deletion', 'lapse'] },
    description:
      'From the result, the refusal or the lapse behind a change that no push asked for to the published change',
    service: 'recommendation',
    bounds: longBounds,
  },
  'assay.pushes.overdue': {
    kind: 'gauge',
    unit: '{image}',
    labels: {},
    description: 'Images that are undetermined because a push has no answer in time. One instance reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.declined': {
    kind: 'counter',
    unit: '{image}',
    labels: { status: statuses, reason: 'the codes of `scan.declined`' },
    description: 'Images that are not scanned',
    service: 'eligibility',
  },
  'assay.recommendations': {
    kind: 'counter',
    unit: '{recommendation}',
    labels: { status: statuses },
    description: 'Recommendations that changed',
    service: 'recommendation',
  },
  'assay.coverage.missing': {
    kind: 'gauge',
    unit: '{push}',
    labels: { registry },
    description:
      'Pushes of the last 14 days without an answer in time, as the ledger counts them, whose image is not shown as ' +
      'overdue. One instance reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.images': {
    kind: 'gauge',
    unit: '{image}',
    labels: { status: [...statuses, 'queued', 'scanning'], registry },
    description: 'Placements of images by the status that the API shows. One instance reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.images.recalled': {
    kind: 'gauge',
    unit: '{image}',
    labels: {},
    description: 'Images that are undetermined by a recall of a scanner or a database. One instance reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.view.behind': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description:
      'Time since the read model is known to have held the whole log, or since it is being filled. It is checked ' +
      'every second, so about one is nothing',
    service: 'recommendation',
    instances: 'alone',
  },
  'assay.view.broken': {
    kind: 'gauge',
    labels: {},
    description: '1 while the read model cannot be written',
    service: 'recommendation',
    instances: 'alone',
  },
  'assay.gate': {
    kind: 'counter',
    unit: '{decision}',
    labels: {
      decision: ['deny', 'unknown', 'allow'],
      reason: 'the codes of the gate, and the reason of an image without a result, up to the second slash',
    },
    description: 'Answers of the gate, without those with `preview=true`, which the portal shows',
    service: 'recommendation',
  },
  'assay.query.duration': {
    kind: 'histogram',
    unit: 's',
    labels: { outcome: 'the codes of the queries in KQL, and `ok`' },
    description: 'Duration of a query in KQL',
    service: 'recommendation',
    bounds: shortBounds,
  },
  'assay.scans': {
    kind: 'counter',
    unit: '{scan}',
    labels: {
      outcome: ['succeeded', 'failed', 'timed-out', 'cancelled'],
      'reason?': 'the codes of `scan.completed`',
      joined: [true, false],
    },
    description: 'Completed scans. A failure that is still tried again is none',
    service: 'sandbox-runner',
  },
  'assay.scan.duration': {
    kind: 'histogram',
    unit: 's',
    labels: {},
    description: 'Duration of the sandboxed scanner',
    service: 'sandbox-runner',
    bounds: longBounds,
  },
  'assay.pull.duration': {
    kind: 'histogram',
    unit: 's',
    labels: {},
    description: 'Duration of the pull of an image',
    service: 'sandbox-runner',
    bounds: longBounds,
  },
  'assay.scanner.info': {
    kind: 'gauge',
    labels: { version: 'the scanners in use', build: 'the first 12 digits of the digest of its program' },
    description: '1, with the version and the build of the scanner',
    service: 'sandbox-runner',
    instances: 'alone',
  },
  'assay.scanner.recalled': {
    kind: 'gauge',
    labels: {},
    description: '1 while the build of the scanner of this runner is recalled',
    service: 'sandbox-runner',
    instances: 'alone',
  },
  'assay.sandbox.walls': {
    kind: 'gauge',
    labels: {
      wall: 'the attacks of the self-test',
      state: ['stands', 'missing'],
    },
    description:
      '1 for the state of each wall that the self-test tries, 0 for the other state. A runner with a missing one ' +
      'reports it and ends',
    service: 'sandbox-runner',
    instances: 'alone',
  },
  'assay.sandbox.slots': {
    kind: 'gauge',
    unit: '{slot}',
    labels: { state: ['used', 'free'] },
    description: 'Slots for scans',
    service: 'sandbox-runner',
    instances: 'add',
  },
  'assay.sandbox.bounded_by': {
    kind: 'gauge',
    labels: {
      what: ['memory', 'processes', 'processor', 'end'],
      by: ['cgroup', 'watchdog', 'rlimit', 'process group'],
    },
    description: '1, with the means that bounds the scanner',
    service: 'sandbox-runner',
    instances: 'alone',
  },
  'assay.database.marked': {
    kind: 'histogram',
    unit: 's',
    labels: { scanner: 'the families of advisories' },
    description: 'From the build of a database to the mark that the images of a partition were assessed with it',
    service: 'classifier',
    bounds: [...longBounds, 7_200, 21_600, 43_200, 86_400, 172_800],
  },
  'assay.database.excepted': {
    kind: 'counter',
    unit: '{exception}',
    labels: { scanner: 'the families of advisories' },
    description: 'Images and registries that marks except',
    service: 'classifier',
  },
  'assay.database.unmarked': {
    kind: 'counter',
    unit: '{look}',
    labels: { scanner: 'the families of advisories' },
    description: 'Looks at marks that are held back, since they would except too many images and registries',
    service: 'classifier',
  },
  'assay.database.age': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description:
      'Time since the announced vulnerability database was built; absent for that of the demonstration. One ' +
      'instance reports for all',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.database.demonstration': {
    kind: 'gauge',
    labels: {},
    description:
      '1 if the database of the demonstration was announced last, or an image was assessed with it. One instance ' +
      'reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.database.failing': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description:
      'Time since the first of the failures to take a newer vulnerability database; 0 while it succeeds. One ' +
      'instance reports for all',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.database.held': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description:
      'Time since a newer vulnerability database waits for an order, since it takes too much away; 0 if none does. ' +
      'One instance reports for all',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.database.latency': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description:
      'From the build of the newest vulnerability database until the last image was assessed with it, or until now',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.sweep.age': {
    kind: 'gauge',
    unit: 's',
    labels: { registry },
    description:
      'Time since the last whole sweep of a registry; if none is known, since its sweeps fail or the instance ' +
      'watches it. One instance reports for a registry',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.sweep.failures': {
    kind: 'counter',
    unit: '{sweep}',
    labels: { registry, code: 'the codes of failures of registries' },
    description: 'Sweeps that failed or were incomplete',
    service: 'ingestion',
  },
  'assay.sweep.found': {
    kind: 'counter',
    unit: '{change}',
    labels: { registry },
    description: 'Pushes and deletions found without a notification',
    service: 'ingestion',
  },
  'assay.sweep.held': {
    kind: 'gauge',
    unit: '{image}',
    labels: { registry },
    description:
      'Images that a sweep found gone and did not publish as deleted: it needs an order. One instance reports for a ' +
      'registry',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.discovery.failing': {
    kind: 'gauge',
    unit: '{subscription}',
    labels: { discovery: 'the names in ASSAY_DISCOVERY' },
    description: 'Subscriptions whose last listing failed. One instance reports',
    service: 'ingestion',
    instances: 'same',
  },
  'assay.notifications': {
    kind: 'counter',
    unit: '{notification}',
    labels: {
      outcome: [
        'accepted',
        'ignored',
        'unauthenticated',
        'unknown-registry',
        'not-allowed-for-registry',
        'not-an-envelope',
        'not-an-event',
        'no-target',
        'no-id',
        'no-host',
        'no-digest',
        'bad-repository',
        'bad-digest',
        'sha512-digest',
        'bad-tag',
      ],
      'registry?': registry,
    },
    description:
      'Notifications by result. Kinds that are no push or deletion of an image, such as pulls and blobs, are ' +
      '`ignored`. `unauthenticated` is a request without a secret or token that is valid. All others are refusals',
    service: 'ingestion',
  },
  'assay.charges': {
    kind: 'counter',
    unit: '{charge}',
    labels: { currency: 'the currencies of the price rules' },
    description: 'Assessed images that were charged',
    service: 'billing',
  },
  'assay.charges.waiting': {
    kind: 'gauge',
    unit: '{image}',
    labels: {},
    description: 'Assessed images that are not charged, since no price holds on their day',
    service: 'billing',
    instances: 'add',
  },
  'assay.charges.mismatch': {
    kind: 'gauge',
    unit: '{image}',
    labels: {},
    description:
      'Images of a subscription that had a result 15 minutes ago and have no charge, charges without a result, and ' +
      'second charges. Images that wait for a price are among them: `assay.charges.waiting` counts those. One ' +
      'instance reports for all',
    service: 'recommendation',
    instances: 'same',
  },
  'assay.exports': {
    kind: 'counter',
    unit: '{export}',
    labels: { format: ['focus-csv'] },
    description: 'Exports of charges',
    service: 'billing',
  },
  'assay.events.received': {
    kind: 'counter',
    unit: '{event}',
    labels: { topic },
    description: 'Records read',
    service: 'all',
  },
  'assay.events.emitted': {
    kind: 'counter',
    unit: '{event}',
    labels: { topic },
    description: 'Events appended',
    service: 'all',
  },
  'assay.events.repeated': {
    kind: 'counter',
    unit: '{event}',
    labels: { topic },
    description: 'Repeats dropped',
    service: 'all',
  },
  'assay.events.skipped': {
    kind: 'counter',
    unit: '{event}',
    labels: { topic, type: 'the types of events that programs of other versions append' },
    description: 'Events of unknown types',
    service: 'all',
  },
  'assay.events.parked': {
    kind: 'counter',
    unit: '{event}',
    labels: { topic, code: 'the codes of parked events' },
    description: 'Events that could not be handled',
    service: 'all',
  },
  'assay.events.parked.now': {
    kind: 'gauge',
    unit: '{event}',
    labels: { topic },
    description: 'Events that are parked now, each halting its image; in recommendation also those of its read model',
    service: 'all',
    instances: 'add',
  },
  'assay.partitions.halted.now': {
    kind: 'gauge',
    unit: '{partition}',
    labels: {},
    description: 'Partitions at a standstill, since the log differs from what the service read of it',
    service: 'all',
    instances: 'add',
  },
  'assay.partitions.waiting': {
    kind: 'gauge',
    unit: '{reason}',
    labels: {},
    description: 'Reasons why partitions are not read further, such as events of a newer version',
    service: 'all',
    instances: 'add',
  },
  'assay.consumer.lag': {
    kind: 'gauge',
    unit: '{event}',
    labels: {},
    description: 'Records in the log that were not consumed yet',
    service: 'all',
    instances: 'add',
  },
  'assay.outbox.age': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description: 'Age of the oldest event that was emitted and is not in the log yet',
    service: 'all',
    instances: 'alone',
  },
  'assay.jobs.queued': {
    kind: 'counter',
    unit: '{job}',
    labels: {},
    description: 'Jobs put',
    service: 'all',
  },
  'assay.jobs.age': {
    kind: 'gauge',
    unit: 's',
    labels: { lane: 'the lanes of jobs; ingestion has one of each registry' },
    description: 'Age of the oldest job that is not finished',
    service: 'all',
    instances: 'alone',
  },
  'assay.stores.filled': {
    kind: 'counter',
    unit: '{partition}',
    labels: {},
    description: 'Partitions that were restored from the log, since their store lacked events',
    service: 'all',
  },
  'assay.accesses': {
    kind: 'counter',
    unit: '{access}',
    labels: {},
    description: 'Exports of restricted data by callers',
    service: 'all',
  },
  'assay.failures': {
    kind: 'counter',
    unit: '{failure}',
    labels: { kind: ['environment', 'store', 'log', 'blob', 'registry', 'scanner', 'internal'] },
    description: 'Failures of the environment or of the service',
    service: 'all',
  },
  'assay.up': {
    kind: 'gauge',
    labels: { what: ['kafka', 'redis', 'registry'] },
    description:
      '1 while the service reaches it. `registry` by ingestion and sandbox-runner: while no image that they read or ' +
      'pull finds one away, and in ingestion while the last sweeps could read all of them. Absent until it was tried',
    service: 'all',
    instances: 'alone',
  },
  'assay.clock.ahead': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description: "How far the clock of this process is ahead of its store's",
    service: 'process',
    instances: 'alone',
  },
  'http.server.request.duration': {
    kind: 'histogram',
    unit: 's',
    labels: {
      'http.request.method': 'the methods of the semantic conventions, and `_OTHER`',
      'http.route?': 'the templates of the routes',
      'http.response.status_code': 'the statuses of HTTP',
    },
    description: 'Duration of HTTP requests',
    service: 'all',
    bounds: shortBounds,
  },
  'nodejs.eventloop.delay.mean': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description: 'Mean delay of the event loop since the last look',
    service: 'process',
    instances: 'alone',
  },
  'nodejs.eventloop.delay.p99': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description: 'The 99th percentile of the delay of the event loop since the last look',
    service: 'process',
    instances: 'alone',
  },
  'nodejs.eventloop.delay.max': {
    kind: 'gauge',
    unit: 's',
    labels: {},
    description: 'Longest delay of the event loop since the last look',
    service: 'process',
    instances: 'alone',
  },
  'nodejs.eventloop.utilization': {
    kind: 'gauge',
    unit: '1',
    labels: {},
    description:
      'Share of the time since the last look in which the event loop was busy. A process has it from five seconds ' +
      'after its start, until it ends',
    service: 'process',
    instances: 'alone',
  },
  'v8js.memory.heap.used': {
    kind: 'gauge',
    unit: 'By',
    labels: { 'v8js.heap.space.name': 'the spaces of the heap of V8' },
    description: 'Used memory of the heap',
    service: 'process',
    instances: 'alone',
  },
  'v8js.memory.heap.limit': {
    kind: 'gauge',
    unit: 'By',
    labels: {},
    description: 'Largest size of the heap',
    service: 'process',
    instances: 'alone',
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Full name of a metric. */
export type MetricName = keyof typeof catalogue;
