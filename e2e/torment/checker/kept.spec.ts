import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedStore, rebuild, type Changes } from '@assay/event-sourcing';
import { EmbeddedLog, partitionOf } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import type { QuietAnswers } from './answers.ts';
import { checked } from './check.ts';
import type { Fault } from './fault.ts';
import type { Rebuildable } from './projections.ts';
import { goodEvents, goodPush, goodTruth, only, partitions, programs, recordOf } from './good-log.ts';

const { digest } = goodPush;
const partition = partitionOf(digest, partitions);
const charge = only('usage.charged').data as QuietAnswers['charges'][number];
const shown = {
  ...goodPush,
  tags: ['v1'],
  listedIn: [],
  status: 'unhealthy',
  times: {},
  charge: { amount: '0.29', currency: 'USD', chargedFor: '', priceRule: '', repository: '' },
};
const goodAnswers: QuietAnswers = { images: [shown], charges: [charge], export: 'BilledCost\n0.29\n' };

let log: EmbeddedLog;
let services: Rebuildable[];

beforeEach(async () => {
  log = new EmbeddedLog(':memory:', partitions);
  await log.append(goodEvents.map(recordOf));
  const telemetry = await startTelemetry({ version: 'test', env: {} });
  services = programs.map((decider) => ({ app: decider.app, decider, store: new EmbeddedStore(':memory:') }));
  for (const { decider, store, app } of services) {
    await rebuild(decider, { log, store, tracer: telemetry.tracer(app) });
    await write(store, { checkpoint: { evaluated: true } });
  }
});
afterEach(async () => {
  for (const { store } of services) await store.close();
  await log.close();
});

/** Commits to every partition. */
const write = async (store: Rebuildable['store'], change: Partial<Changes>): Promise<void> => {
  for (let each = 0; each < partitions; each += 1) {
    const {
      checkpoint: { epoch },
    } = await store.claim(each, 0);
    await store.transact(each, epoch, {
      checkpoint: {},
      states: [],
      outbox: [],
      jobs: { put: [], remove: [] },
      park: [],
      ...change,
    });
  }
};
const writeTo = (app: string, change: Partial<Changes>): Promise<void> =>
  write(services.find((service) => service.app === app)!.store, change);

const found = async (answers: Partial<QuietAnswers> = {}): Promise<readonly Fault[]> =>
  (await checked(log, services, { ...goodAnswers, ...answers }, goodTruth)).faults;

it('finds nothing wrong where all is well', async () => {
  expect(await found()).toEqual([]);
});

describe('what services keep', () => {
  it.each<[Fault['kind'], string, string, Partial<Changes>, RegExp]>([
    [
      'stuck',
      'a job',
      'sandbox-runner',
      { jobs: { put: [{ key: digest, id: 'scan/1', lane: 'push', payload: {}, enqueuedAt: 1 }], remove: [] } },
      /sandbox-runner\/\d has a job scan\/1 that is queued/,
    ],
    [
      'stuck',
      'a store that is not filled',
      'billing',
      { checkpoint: { evaluated: false } },
      /billing\/\d is not filled/,
    ],
    [
      'wrong',
      'another state than the log implies',
      'classifier',
      { states: [{ key: digest, state: '{"heard":{},"said":{}}' }] },
      /classifier keeps .* they differ in sha256:/,
    ],
  ])('shows as %s %s', async (kind, _, app, change, expected) => {
    await writeTo(app, change);
    const faults = await found();
    expect(faults.map(({ detail }) => detail).join('\n')).toMatch(expected);
    expect([...new Set(faults.map((fault) => fault.kind))]).toEqual([kind]);
  });

  it('shows what was not received, not sent, and halted', async () => {
    const parked = {
      topic: 'finding.classified',
      partition,
      offset: 9,
      key: digest,
      code: 'invalid-event',
      message: '',
      parkedAt: '',
      headers: {},
      value: '',
    };
    await writeTo('billing', {
      checkpoint: { offsets: { 'finding.classified': 0 } },
      outbox: [{ ...recordOf(only('usage.charged')) }],
      park: [parked],
    });
    const detail = (await found())
      .filter(({ kind }) => kind === 'stuck')
      .map((fault) => fault.detail)
      .join('\n');
    expect(detail).toMatch(/billing\/\d has heard 0 of 1 records of finding.classified/);
    expect(detail).toMatch(/billing\/\d has not sent usage.charged/);
    expect(detail).toMatch(/billing\/\d has halted sha256:/);
  });

  it('shows what a service owes, by the programs themselves', async () => {
    await log.append([
      recordOf({
        ...only('image.pushed'),
        id: 'one more',
        sequence: '2.1',
        data: { ...only('image.pushed').data, pushId: 'one more' },
      }),
    ]);
    expect((await found()).map(({ detail }) => detail)).toContainEqual(
      expect.stringMatching(/^eligibility owes sha256:\w+ a scan.approved in answer to one more$/),
    );
  });
});

describe('the answers of the API', () => {
  it.each<[Fault['kind'], string, Partial<QuietAnswers>, RegExp]>([
    ['stuck', 'an image that is still queued', { images: [{ ...shown, status: 'queued' }] }, /is still queued/],
    ['lost', 'an image that it does not know', { images: [] }, /knows nothing of/],
    [
      'wrong',
      'another status',
      { images: [{ ...shown, status: 'healthy' }] },
      /is shown as healthy\/undefined and is unhealthy/,
    ],
    [
      'wrong',
      'an image without its charge',
      { images: [{ ...goodPush, tags: [], listedIn: [], times: {}, status: 'unhealthy' }] },
      /is unhealthy and has no charge/,
    ],
    ['wrong', 'a charge that is missing', { charges: [] }, /is in the log and not in the API/],
    [
      'wrong',
      'a charge too many',
      { charges: [charge, { ...charge, chargeId: 'more' }] },
      /charge more is in the API and not in the log/,
    ],
    ['wrong', 'a line too many', { export: 'BilledCost\n0.29\n0.29\n' }, /the export has 2 lines/],
  ])('shows as %s %s', async (kind, _, answers, expected) => {
    const faults = await found(answers);
    expect(faults.map(({ detail }) => detail).join('\n')).toMatch(expected);
    expect(faults.map((fault) => fault.kind)).toContain(kind);
  });

  it('may give up after three attempts that were killed', async () => {
    const verdict = await checked(
      log,
      services,
      { ...goodAnswers, images: [{ ...shown, status: 'undetermined', reason: 'failed/lease-expired' }] },
      goodTruth,
    );
    expect([verdict.givenUp, verdict.faults.map(({ detail }) => detail)]).toEqual([
      1,
      [expect.stringMatching(/the log says unhealthy/)],
    ]);
  });
});
