import type { ObservableCallback } from '@opentelemetry/api';
import { isLapse, isOf, type AnyEvent } from '@assay/events';
import { meter } from '@assay/telemetry';
import { silent, type Observer } from './observer.ts';

const counter = (name: string, description: string) => meter().createCounter(`assay.${name}`, { description });

/**
 * Counts what happens in a service, and passes its failures and accesses on. Names follow OpenTelemetry: with dots, and
 * without units.
 */
export const measuring = (
  app: string,
  failed: Observer['failed'],
  accessed: Observer['accessed'] = silent.accessed,
): Observer => {
  const received = counter('events.heard', 'Records read');
  const emitted = counter('events.said', 'Events appended');
  const repeated = counter('events.repeated', 'Repeats dropped');
  const skipped = counter('events.skipped', 'Events of unknown types');
  const parked = counter('events.parked', 'Events that could not be handled');
  const queued = counter('jobs.queued', 'Jobs put');
  const filled = counter(
    'stores.filled',
    'Partitions that were restored from the log, since their store lacked events',
  );
  const accesses = counter('accesses', 'Exports of restricted data by callers');
  const failures = counter('failures', 'Failures of the environment or of the service');
  const databaseMarked = meter().createHistogram('assay.database.marked', {
    description:
      'From the build of an advisory database to the mark that the images of a partition were assessed with it',
    unit: 'ms',
  });
  const excepted = counter('database.excepted', 'Images and registries that marks except');
  const unmarked = counter(
    'database.unmarked',
    'Looks at marks that are held back, since they would except too many images and registries',
  );
  const measureOutcome = measuringOutcomes();
  return {
    received: (topic, records) => received.add(records, { app, topic }),
    emitted: (event) => {
      emitted.add(1, { app, topic: event.topic });
      measureOutcome(event);
    },
    marked: ({ scanner, database, except, registries = [] }, at) => {
      databaseMarked.record(Math.max(0, at - Date.parse(database.builtAt)), { app, scanner });
      excepted.add(except.length + registries.length, { app, scanner });
    },
    unmarked: ({ scanner }) => unmarked.add(1, { app, scanner }),
    repeated: (topic) => repeated.add(1, { app, topic }),
    skipped: ({ topic }, type) => skipped.add(1, { app, topic, type }),
    parked: (topic, code) => parked.add(1, { app, topic, code }),
    waiting: silent.waiting,
    queued: (jobs) => queued.add(jobs, { app }),
    early: () => undefined,
    restoring: () => filled.add(1, { app }),
    accessed: (service, user, action) => {
      accesses.add(1, { app });
      accessed(service, user, action);
    },
    failed: (service, activity, error) => {
      failures.add(1, { app });
      failed(service, activity, error);
    },
    watch: (name, read) => {
      const gauge = meter().createObservableGauge(`assay.${name}`, watched[name]);
      const observe: ObservableCallback = async (result) => {
        const figure = await read();
        if (typeof figure === 'number') result.observe(figure, { app });
        else for (const [lane, one] of Object.entries(figure)) result.observe(one, { app, lane });
      };
      gauge.addCallback(observe);
      return () => gauge.removeCallback(observe);
    },
  };
};

/** Each covers the partitions that the instance owns, so that the values of all instances add up. */
const watched = {
  'consumer.lag': { description: 'Records in the log that were not consumed yet' },
  'events.parked.now': { description: 'Events that are parked now, each halting its image' },
  'partitions.halted.now': {
    description: 'Partitions at a standstill, since the log differs from what the service read of it',
  },
  'partitions.waiting': {
    description: 'Reasons why partitions are not read further, such as events of a newer version',
  },
  'outbox.age': { description: 'Age of the oldest event that was emitted and is not in the log yet', unit: 'ms' },
  'jobs.age': { description: 'Age of the oldest job that is not finished, by lane', unit: 'ms' },
  'charges.waiting': { description: 'Assessed images that are not charged, since no price holds on their day' },
} as const;

/** Counts and measures outcomes and durations from the events themselves. */
const measuringOutcomes = (): ((event: AnyEvent) => void) => {
  const histogram = (name: string, description: string) =>
    meter().createHistogram(`assay.${name}`, { description, unit: 'ms' });
  const scans = counter('scans', 'Completed scans by outcome');
  const scanDuration = histogram('scan.duration', 'How long the sandboxed scanner took');
  const pullDuration = histogram('pull.duration', 'How long pulling an image took');
  const declined = counter('declined', 'Images not scanned, by reason');
  const recommendations = counter('recommendations', 'Recommendations that changed, by status');
  const pushDuration = histogram('push.duration', 'From the notification to the recommendation');
  const charges = counter('charges', 'Assessed images that were charged');
  return (event) => {
    if (isOf(event, 'scan.completed')) {
      const { page, outcome, reason, joinedScanId, scannerMs, pullMs } = event.data;
      if (page !== 1) return;
      scans.add(1, { outcome, joined: joinedScanId !== undefined, ...(reason ? { reason } : {}) });
      if (outcome === 'succeeded' && joinedScanId === undefined) {
        scanDuration.record(scannerMs);
        pullDuration.record(pullMs);
      }
    } else if (isOf(event, 'scan.declined')) {
      declined.add(1, { status: event.data.status, reason: event.data.reason });
    } else if (isOf(event, 'recommendation.changed')) {
      recommendations.add(1, { status: event.data.status });
      // A change by time alone answers no push.
      if (isLapse(event.data.reason)) return;
      pushDuration.record(Math.max(0, Date.parse(event.time) - Date.parse(event.data.receivedAt)), {
        status: event.data.status,
      });
    } else if (isOf(event, 'usage.charged') && event.data.correctionOf === undefined) {
      charges.add(1, { currency: event.data.currency });
    }
  };
};
