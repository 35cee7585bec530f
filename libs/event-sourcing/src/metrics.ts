import { meter } from '@assay/telemetry';
import type { Observer } from './observer.ts';

/** Counts what happens in a service, and passes its failures on. */
export const measuring = (app: string, failed: Observer['failed']): Observer => {
  const counter = (name: string, description: string) => meter().createCounter(`assay.${name}`, { description });
  const [heard, said, repeated, skipped, parked, queued, failures] = [
    counter('events.heard', 'Records read'), counter('events.said', 'Events appended'), counter('events.repeated', 'Repeats dropped'), counter('events.skipped', 'Events of unknown types'),
    counter('events.parked', 'Events that could not be handled'), counter('jobs.queued', 'Jobs put'), counter('failures', 'Failures of the world or of our own'),
  ];
  return {
    heard: (topic, records) => heard!.add(records, { app, topic }),
    said: (topic) => said!.add(1, { app, topic }),
    repeated: (topic) => repeated!.add(1, { app, topic }),
    skipped: (topic, type) => skipped!.add(1, { app, topic, type }),
    parked: (topic, code) => parked!.add(1, { app, topic, code }),
    queued: (jobs) => queued!.add(jobs, { app }),
    failed: (service, what, error) => { failures!.add(1, { app }); failed(service, what, error); },
  };
};
