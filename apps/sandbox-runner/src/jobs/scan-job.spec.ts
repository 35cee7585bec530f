import { describe, expect, it } from 'vitest';
import type { Job, Trouble, Worked } from '@assay/event-sourcing';
import { RegistryError, RegistryPauses } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { ManualClock } from '@assay/testing';
import type { ScanOutcome } from '../scanner/scanner.ts';
import { ScanJob, type ScanJobPorts } from './scan-job.ts';

const tracer = { start: () => ({ end: () => undefined }) } as unknown as ServiceTracer;
const registry = { registryId: '/r', loginServer: 'reg.test', plainHttp: false, allowAddresses: [] };
const job: Job = {
  partition: 0,
  key: 'k',
  id: 'scan/k',
  lane: 'push',
  state: 'leased',
  attempt: 1,
  enqueuedAt: 0,
  payload: { registry, repository: 'team/app', digest: 'd', platform: 'linux/amd64', scanId: 's' },
};
const image = { manifest: { document: { kind: 'image', config: { digest: 'c' } } } };

const scanning = (
  pull: (options: { signal: AbortSignal }) => Promise<unknown>,
  outcome: Partial<ScanOutcome> | Error = { outcome: 'failed', code: 'invalid-image', message: 'no', scannerMs: 5 },
) => {
  const clock = Object.assign(new ManualClock(), { random: () => 1 });
  const pauses = new RegistryPauses(() => clock.now());
  const scanner = {
    identity: { name: 's', version: '1', digest: 'd' },
    scan: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
  };
  const work = new ScanJob({
    scanner,
    driver: 'none',
    blobs: {},
    cache: {},
    clients: {
      to: () => ({
        pull: (_repository: string, _digest: string, _into: string, options: { signal: AbortSignal }) => pull(options),
      }),
    },
    pauses,
    layouts: { begin: () => 'there', end: () => undefined },
    access: () => ({}),
    tracer,
    attemptTimeoutMs: 240_000,
    maxAttempts: 3,
    clock,
  } as unknown as ScanJobPorts);
  return {
    clock,
    pauses,
    run: (more: Partial<Job> = {}): Promise<Worked> => work.run({ ...job, ...more }, new AbortController().signal),
  };
};

describe('a scan job', () => {
  it('whose registry is away is handed back without an attempt, for a time that grows', async () => {
    const { run, clock, pauses } = scanning(() =>
      Promise.reject(new RegistryError('unreachable', 'the connection failed (ECONNREFUSED)')),
    );
    let trouble: Trouble | undefined;
    const waits: number[] = [];
    for (let turn = 0; turn < 8; turn += 1) {
      const worked = (await run(trouble ? { trouble } : {})) as {
        retryInMs: number;
        uncounted: boolean;
        trouble: Trouble;
      };
      expect(worked.uncounted).toBe(true);
      trouble = worked.trouble;
      waits.push(worked.retryInMs / 1000);
      clock.advance(worked.retryInMs);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    expect(trouble).toMatchObject({ code: 'unreachable', patience: 'soon', tries: 8 });
    // One image is no registry that is away.
    expect(pauses.rest('reg.test')).toBeUndefined();
  });

  it('waits as long as the registry asks for, and so do all others of it, which do not ask', async () => {
    let asked = 0;
    const { run } = scanning(() => {
      asked += 1;
      return Promise.reject(new RegistryError('rate-limited', 'the registry answered 429', { retryAfterMs: 120_000 }));
    });
    expect(await run()).toMatchObject({
      retryInMs: 150_000,
      uncounted: true,
      trouble: { code: 'rate-limited', tries: 1 },
    });
    expect(await run()).toMatchObject({
      retryInMs: 150_000,
      uncounted: true,
      trouble: { code: 'rate-limited', tries: 0 },
    });
    expect(asked).toBe(1);
  });

  it('that pulls for all the time there is is tried again much later', async () => {
    const { run, clock } = scanning(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new RegistryError('timeout', 'the attempt took too long')));
        }),
    );
    const worked = run();
    await clock.yield();
    clock.advance(240_000);
    expect(await worked).toMatchObject({
      retryInMs: 900_000,
      uncounted: true,
      trouble: { code: 'timeout', patience: 'later' },
    });
  });

  it('of an image that no scanner takes, or that the registry can never give otherwise, is over', async () => {
    expect(await scanning(() => Promise.resolve(image)).run()).toMatchObject({ result: { code: 'invalid-image' } });
    expect(await scanning(() => Promise.reject(new RegistryError('too-large', 'no'))).run()).toMatchObject({
      result: { code: 'too-large' },
    });
  });

  it('whose scanner breaks by itself is tried three times, however often its registry was away', async () => {
    const { run } = scanning(() => Promise.resolve(image), new Error('ours'));
    const trouble: Trouble = {
      code: 'unreachable',
      message: 'no',
      patience: 'soon',
      inARow: 30,
      tries: 30,
      timeouts: 0,
    };
    expect(await run({ attempt: 2, trouble })).toMatchObject({ retryInMs: 20_000 });
    expect(await run({ attempt: 3, trouble })).toMatchObject({ result: { code: 'internal' } });
  });
});
