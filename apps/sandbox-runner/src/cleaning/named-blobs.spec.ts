import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedStore, StoreIncomplete, type CheckpointChange } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { eventOf } from '@assay/testing';
import { deciderOn } from '../domain/decider.ts';
import { evolveEmitted } from '../domain/folds.ts';
import { bench, completedExample, digest } from '../../test/fixtures.ts';
import { namedBlobs } from './named-blobs.ts';

const stateVersion = 3;
let log: EmbeddedLog;
let store: EmbeddedStore;
beforeEach(() => {
  log = new EmbeddedLog(':memory:', 2);
  store = new EmbeddedStore(':memory:');
});
afterEach(async () => {
  await store.close();
  await log.close();
});

const complete: CheckpointChange = { restored: true, evaluated: true, stateVersion, lastEmitted: '1.0' };

const fill = async (
  partition: number,
  states: Readonly<Record<string, object | string>>,
  { checkpoint = complete, jobs = [] as readonly { key: string; payload: object }[] } = {},
): Promise<number> => {
  const {
    checkpoint: { epoch },
  } = await store.claim(partition, 1);
  await store.transact(partition, epoch, {
    checkpoint,
    states: Object.entries(states).map(([key, state]) => ({
      key,
      state: typeof state === 'string' ? state : JSON.stringify(state),
    })),
    outbox: [],
    park: [],
    jobs: { put: jobs.map((job) => ({ id: 'scan', lane: 'push', enqueuedAt: 1, ...job })), remove: [] },
  });
  return epoch;
};
const blob = (name: string) => ({ dataref: `reports/${name}`, sha256: 's', bytes: 1 });
const named = () => namedBlobs({ app: 'sandbox-runner', stateVersion, store, log });

describe('the blobs that are named', () => {
  it('are those of all states and jobs, in all partitions', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 450 }, (_, n) => [`k${n}`, { emitted: { good: { report: blob(`many/${n}`) } } }]),
    );
    await fill(0, many);
    await fill(
      1,
      {
        a: {
          emitted: {
            good: { packages: blob('packages'), report: blob('report') },
            pages: [[{ report: blob('page') }]],
          },
        },
        b: { received: { text: '"dataref":"reports/none"' } },
      },
      { jobs: [{ key: 'b', payload: { before: blob('job') } }] },
    );
    const job = (await store.claimJob({ leaseMs: 1000, maxAttempts: 3, lanes: [{ lane: 'push', most: 1 }] }))!;
    await store.finishJob(job, { result: { report: blob('result') } });
    expect([...(await named())].toSorted()).toEqual(
      ['job', 'packages', 'page', 'report', 'result', ...Array.from({ length: 450 }, (_, n) => `many/${n}`)]
        .map((name) => `reports/${name}`)
        .toSorted(),
    );
  });

  it('are those of the standing result, in the state that the runner keeps of it', async () => {
    const { emitted, received } = deciderOn(bench).empty();
    const answered = evolveEmitted(emitted, eventOf('scan.completed', digest, completedExample) as never);
    await fill(0, { [digest]: { received, emitted: answered } });
    await fill(1, {});
    const { packages, report } = completedExample;
    expect([...(await named())].toSorted()).toEqual([packages!.dataref, report!.dataref].toSorted());
  });

  it.each<[string, CheckpointChange]>([
    ['is being restored', { ...complete, restored: false }],
    ['is not evaluated yet', { ...complete, evaluated: false }],
    ['is of another version of the program', { ...complete, stateVersion: 2 }],
  ])('are not known while a partition %s', async (_, checkpoint) => {
    await fill(0, { a: blob('a') });
    await fill(1, { b: blob('b') }, { checkpoint });
    await expect(named()).rejects.toThrow(StoreIncomplete);
  });

  it('are not known while a partition was never filled, or if a state cannot be read', async () => {
    await fill(0, { a: blob('a') });
    await expect(named()).rejects.toThrow(StoreIncomplete);
    await fill(1, { b: '{"cut":' });
    await expect(named()).rejects.toThrow(SyntaxError);
  });

  it('are not known if the owner of a partition changes while it is read', async () => {
    await fill(0, { a: blob('a') });
    await fill(1, { b: blob('b') });
    const scan = store.scan.bind(store);
    store.scan = async (partition, ...rest) => {
      if (partition === 1) await store.claim(1, 1);
      return scan(partition, ...rest);
    };
    await expect(named()).rejects.toThrow('another owner');
  });
});
