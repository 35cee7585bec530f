import { isOf, type AnyEvent } from '@assay/events';
import { counter, gauge, histogram } from '@assay/telemetry';
import { failureKind } from './failure-kind.ts';
import { silent, type Observer } from './observer.ts';

/** Counts what happens in a service, and passes its failures and accesses on. The catalogue of metrics names all. */
export const measuring = (
  service: string,
  failed: Observer['failed'],
  accessed: Observer['accessed'] = silent.accessed,
): Observer => {
  const received = counter('events.received', service);
  const emitted = counter('events.emitted', service);
  const repeated = counter('events.repeated', service);
  const skipped = counter('events.skipped', service);
  const parked = counter('events.parked', service);
  const queued = counter('jobs.queued', service);
  const filled = counter('stores.filled', service);
  const accesses = counter('accesses', service);
  const failures = counter('failures', service);
  const databaseMarked = histogram('database.marked', service);
  const pushes = counter('pushes', service);
  const pushDuration = histogram('push.duration', service);
  const changeDuration = histogram('change.duration', service);
  const excepted = counter('database.excepted', service);
  const unmarked = counter('database.unmarked', service);
  const measureOutcome = measuringOutcomes(service);
  return {
    received: (topic, records) => received.add(records, { topic }),
    emitted: (event) => {
      emitted.add(1, { topic: event.topic });
      measureOutcome(event);
    },
    settled: ({ lane, outcome, inTime, seconds, wasOverdue }) => {
      if (!wasOverdue) pushes.add(1, { lane, outcome, in_time: inTime });
      if (outcome !== 'overdue') pushDuration.record(seconds, { lane });
    },
    changed: (cause, seconds) => changeDuration.record(seconds, { cause }),
    marked: ({ scanner, database, except, registries = [] }, at) => {
      databaseMarked.record(secondsFrom(database.builtAt, at), { scanner });
      excepted.add(except.length + registries.length, { scanner });
    },
    unmarked: ({ scanner }) => unmarked.add(1, { scanner }),
    repeated: (topic) => repeated.add(1, { topic }),
    skipped: ({ topic }, type) => skipped.add(1, { topic, type }),
    parked: (topic, code) => parked.add(1, { topic, code }),
    waiting: silent.waiting,
    queued: (jobs) => queued.add(jobs),
    early: () => undefined,
    restoring: () => filled.add(1),
    accessed: (app, user, action) => {
      accesses.add(1);
      accessed(app, user, action);
    },
    failed: (app, activity, error) => {
      failures.add(1, { kind: failureKind(error) });
      failed(app, activity, error);
    },
    watch: (name, read) => watched[name](service, read),
  };
};

/** Registers a figure under its labels. */
type Watch = (service: string, read: () => Promise<number | Readonly<Record<string, number>>>) => () => void;

const plain =
  (name: 'consumer.lag' | 'partitions.halted.now' | 'partitions.waiting' | 'outbox.age' | 'charges.waiting'): Watch =>
  (service, read) =>
    gauge(name, service).watch(async (observe) => {
      const figure = await read();
      if (typeof figure === 'number') observe(figure);
    });

/** Reads one figure per topic or per lane. */
const each = async (
  read: () => Promise<number | Readonly<Record<string, number>>>,
  observe: (label: string, value: number) => void,
): Promise<void> => {
  for (const [label, value] of Object.entries(await read())) observe(label, value);
};

const watched: Readonly<Record<Parameters<Observer['watch']>[0], Watch>> = {
  'consumer.lag': plain('consumer.lag'),
  'events.parked.now': (service, read) =>
    gauge('events.parked.now', service).watch((observe) => each(read, (topic, value) => observe(value, { topic }))),
  'partitions.halted.now': plain('partitions.halted.now'),
  'partitions.waiting': plain('partitions.waiting'),
  'outbox.age': plain('outbox.age'),
  'jobs.age': (service, read) =>
    gauge('jobs.age', service).watch((observe) => each(read, (lane, value) => observe(value, { lane }))),
  'charges.waiting': plain('charges.waiting'),
};

const secondsFrom = (start: string, end: number): number => Math.max(0, end - Date.parse(start)) / 1000;

/** Counts and measures outcomes and durations from the events themselves. */
const measuringOutcomes = (service: string): ((event: AnyEvent) => void) => {
  const scans = counter('scans', service);
  const scanDuration = histogram('scan.duration', service);
  const pullDuration = histogram('pull.duration', service);
  const declined = counter('declined', service);
  const recommendations = counter('recommendations', service);
  const charges = counter('charges', service);
  return (event) => {
    if (isOf(event, 'scan.completed')) {
      const { page, outcome, reason, joinedScanId, scannerMs, pullMs, trying } = event.data;
      if (page !== 1 || trying) return;
      scans.add(1, { outcome, joined: joinedScanId !== undefined, ...(reason ? { reason } : {}) });
      if (outcome === 'succeeded' && joinedScanId === undefined) {
        scanDuration.record(scannerMs / 1000);
        pullDuration.record(pullMs / 1000);
      }
    } else if (isOf(event, 'scan.declined')) {
      declined.add(1, { status: event.data.status, reason: event.data.reason });
    } else if (isOf(event, 'recommendation.changed')) {
      recommendations.add(1, { status: event.data.status });
    } else if (isOf(event, 'usage.charged') && event.data.correctionOf === undefined) {
      charges.add(1, { currency: event.data.currency });
    }
  };
};
