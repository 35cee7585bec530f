import { startTelemetry } from '@assay/telemetry';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import { silent } from '../observer.ts';
import type { Decider } from './decider.ts';
import type { Marks } from '../marks/partition-mark.ts';
import { UnitOfWork } from '../processor/unit-of-work.ts';

const tracer = (await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } })).tracer('toy');
const eager: Decider<object, object, object> = {
  app: 'billing',
  stateVersion: 1,
  empty: () => ({ received: {}, emitted: {} }),
  evolveReceived: (received) => received,
  evolveEmitted: (emitted) => emitted,
  noConfig: {},
  evolveConfig: (config) => config,
  decide: () => ({ events: [], jobs: [{ id: 'job', lane: 'push', payload: {} }] }),
};

const evaluated = (decider: typeof eager, marks: Marks = {}, ...dropped: string[]) => {
  const failures: unknown[] = [];
  const unit = new UnitOfWork(decider, []);
  const { jobs, events } = evaluate({
    decider,
    unit,
    keys: ['key'],
    config: {},
    marks,
    dropped: new Set(dropped),
    behindMark: new Set(),
    lastEmitted: '0.0',
    observer: {
      ...silent,
      failed: (_app, _activity, error) => {
        failures.push(error);
      },
    },
    writer: { app: decider.app, partition: 0, partitions: 1, epoch: 1, now: 0, tracer, handling: new Map() },
  });
  return { put: jobs.put.map(({ id }) => id), jobs: jobs.put, failures: failures.map(String), events, unit };
};

it('accepts jobs only from a decider with hasJobs', () => {
  expect(evaluated({ ...eager, hasJobs: true })).toMatchObject({ put: ['job'], failures: [] });
  expect(evaluated(eager)).toMatchObject({
    put: [],
    failures: ['Error: billing requests jobs, but its decider does not declare them'],
  });
});

it('puts a job that goes ahead as if it had been put some minutes before', () => {
  const decide = () => ({
    events: [],
    jobs: [
      { id: 'job', lane: 'push', payload: {} },
      { id: 'first', lane: 'push', payload: {}, ahead: true as const },
    ],
  });
  expect(evaluated({ ...eager, hasJobs: true, decide }).jobs).toEqual([
    { key: 'key', id: 'job', lane: 'push', payload: {}, enqueuedAt: 0 },
    { key: 'key', id: 'first', lane: 'push', payload: {}, enqueuedAt: -600_000 },
  ]);
});

it('publishes config events of a decision, which have no key and change no state', () => {
  const cause = { id: 'cause', correlationid: 'cause' };
  const { events, failures, unit } = evaluated({
    ...eager,
    evolveEmitted: (_, { topic }) => {
      throw new Error(`${topic} is not for this fold`);
    },
    decide: () => ({
      events: [{ topic: 'vulnerability.described', data: {}, cause, idempotencyKey: '', key: 'CVE-1' }],
    }),
  });
  expect(failures).toEqual([]);
  expect(events).toMatchObject([{ event: { subject: 'CVE-1' }, record: { partition: 0, key: 'CVE-1' } }]);
  expect(events[0]!.event).not.toHaveProperty('sequence');
  expect(unit.touched).toEqual([]);
});

it('decides about a key of which an event was dropped without the received mark, which covers the others', () => {
  const marks = { received: { id: 'received' }, emitted: { id: 'emitted' } } as unknown as Marks;
  const seen: Marks[] = [];
  const decider = {
    ...eager,
    decide: (_: unknown, context: { readonly marks: Marks }) => {
      seen.push(context.marks);
      return { events: [] };
    },
  };
  evaluated(decider, marks);
  evaluated(decider, marks, 'key');
  evaluated(decider, marks, 'other');
  expect(seen).toEqual([marks, { emitted: marks.emitted }, marks]);
});
