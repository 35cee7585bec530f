import { startTelemetry } from '@assay/telemetry';
import { expect, it } from 'vitest';
import { ask } from './asking.ts';
import { silent } from './observer.ts';
import type { Program } from './program.ts';
import { Unit } from './unit.ts';

const tracer = (await startTelemetry({ version: '0', env: { OTEL_SDK_DISABLED: 'true' } })).tracer('toy');
const eager: Program<object, object, object> = {
  app: 'billing',
  stateVersion: 1,
  empty: () => ({ heard: {}, said: {} }),
  hear: (heard) => heard,
  say: (said) => said,
  noConfig: {},
  follow: (config) => config,
  decide: () => ({ says: [], jobs: [{ id: 'job', lane: 'push', payload: {} }] }),
};

const asked = (program: typeof eager) => {
  const failures: unknown[] = [];
  const { jobs } = ask({
    program,
    unit: new Unit(program, []),
    keys: ['key'],
    config: {},
    lastSaid: '0.0',
    observer: {
      ...silent,
      failed: (_app, _what, error) => {
        failures.push(error);
      },
    },
    speaker: { app: program.app, partition: 0, partitions: 1, epoch: 1, now: 0, tracer, handling: new Map() },
  });
  return { put: jobs.put.map(({ id }) => id), failures: failures.map(String) };
};

it('lets a decision have work done where its program says that it may, and only there', () => {
  expect(asked({ ...eager, hasJobs: true })).toEqual({ put: ['job'], failures: [] });
  expect(asked(eager)).toEqual({
    put: [],
    failures: ['Error: billing asks for long work, and its program does not say that it may'],
  });
});
