import { expect, it, onTestFinished } from 'vitest';
import type { RunnerState } from '@assay/event-sourcing';
import { RegistryError, RegistryPauses } from '@assay/registry';
import { collectMetrics } from '@assay/testing';
import { measuredRunner } from './measured.ts';
import { proven } from './scan-environment.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

const collecting = () => {
  const metrics = collectMetrics();
  onTestFinished(() => metrics.close());
  return async (name: string) => (await metrics.of(`assay.${name}`)).map(({ labels, value }) => ({ ...labels, value }));
};

it('publishes the state that the runner reports', async () => {
  const valueOf = collecting();
  const state = {
    driver: 'bwrap',
    walls: [{ name: 'finds no /proc', stands: true, detail: 'answer -2' }],
    triedAt: '2026-11-24T08:00:00.000Z',
    slots: { used: 1, of: 3 },
    bounds: { memory: 'watchdog', processes: 'rlimit', processor: 'rlimit', end: 'process group', why: 'not root' },
    scanner: { name: 'trivy', version: '0.66.0', digest },
    database: { digest, builtAt: '2026-11-23T22:20:00.000Z', demonstration: false },
  } satisfies RunnerState;
  const recalled = { is: false };
  const pauses = new RegistryPauses();
  const end = measuredRunner(
    () => state,
    () => recalled.is,
    pauses,
  );
  expect(await valueOf('sandbox.walls')).toEqual([
    { wall: 'finds no /proc', state: 'stands', value: 1 },
    { wall: 'finds no /proc', state: 'missing', value: 0 },
  ]);
  expect(await valueOf('scanner.info')).toEqual([{ version: '0.66.0', build: '0123456789ab', value: 1 }]);
  expect(await valueOf('sandbox.slots')).toEqual([
    { state: 'used', value: 1 },
    { state: 'free', value: 2 },
  ]);
  expect(await valueOf('sandbox.bounded_by')).toEqual([
    { what: 'memory', by: 'watchdog', value: 1 },
    { what: 'processes', by: 'rlimit', value: 1 },
    { what: 'processor', by: 'rlimit', value: 1 },
    { what: 'end', by: 'process group', value: 1 },
  ]);
  expect(await valueOf('scanner.recalled')).toEqual([{ value: 0 }]);
  recalled.is = true;
  expect(await valueOf('scanner.recalled')).toEqual([{ value: 1 }]);
  expect(await valueOf('up')).toEqual([]);
  pauses.answered('reg.test', 'one');
  expect(await valueOf('up')).toEqual([{ what: 'registry', value: 1 }]);
  for (const image of ['two', 'three', 'four'])
    pauses.failed('reg.test', image, new RegistryError('unreachable', 'the connection failed (ETIMEDOUT)'));
  expect(await valueOf('up')).toEqual([{ what: 'registry', value: 0 }]);
  end();
  expect([await valueOf('sandbox.walls'), await valueOf('up')]).toEqual([[], []]);
});

it('publishes a missing wall before the runner refuses to start', async () => {
  const valueOf = collecting();
  const checks = [
    { attempt: 'read-proc', name: 'finds no /proc', held: true, detail: 'answer -2' },
    { attempt: 'fork', name: 'cannot fork', held: false, detail: 'answer 0' },
  ] as const;
  expect(() => proven({ driver: 'bwrap', passed: false, checks: [...checks], wallMs: 1 })).toThrow(
    expect.objectContaining({ message: 'the bwrap sandbox failed its self-test: cannot fork', measured: true }),
  );
  expect((await valueOf('sandbox.walls')).filter(({ value }) => value === 1)).toEqual([
    { wall: 'finds no /proc', state: 'stands', value: 1 },
    { wall: 'cannot fork', state: 'missing', value: 1 },
  ]);
});
