import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decode, typeOf, type AnyEvent, type UsageCharged } from '@assay/events';
import { EmbeddedStore, FolderBlobs, silent, type Observer, type RunningService } from '@assay/event-sourcing';
import { EmbeddedLog, partitionOf, recordOf } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { collectMetrics } from '@assay/testing';
import { classified } from '../test/fixtures.ts';
import { parseCsv } from './export/example.ts';
import type { ChargesAnswer } from './http/charges.controller.ts';
import { Charges } from './read-model/charges.ts';
import { billing } from './index.ts';

const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;

describe('the billing service', () => {
  let log: EmbeddedLog;
  let store: EmbeddedStore;
  let running: RunningService;
  let accesses: unknown[];
  let folder: string;

  const start = async (env: Record<string, string> = {}, watched: Observer = silent): Promise<RunningService> =>
    billing.start({
      log,
      store,
      env,
      observer: {
        ...watched,
        accessed: (...access) => {
          accesses.push(access);
        },
      },
      telemetry: await startTelemetry({ version: '0', env: {} }),
      blobs: new FolderBlobs(folder),
      folder: '',
      home: '',
      progress: () => undefined,
      fatal: () => undefined,
    });
  const get = (url: string, headers: Record<string, string> = {}) =>
    (running.app as NestFastifyApplication).inject({ method: 'GET', url, headers });

  /** As the classifier publishes it: with a sequence, into the partition of the digest. */
  let number = 0;
  const append = (...events: AnyEvent[]) =>
    log.append(events.map((event) => recordOf({ ...event, sequence: `1.${(number += 1)}` }, log.partitions)));

  const usageCharged = async (): Promise<(AnyEvent & { data: UsageCharged })[]> => {
    const events: AnyEvent[] = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      for await (const { records } of log.read(
        'usage.charged',
        partition,
        0,
        await log.end('usage.charged', partition),
      )) {
        for (const record of records) {
          const decoded = decode('usage.charged', record);
          if (decoded.kind !== 'fence') events.push((decoded as { event: AnyEvent }).event);
        }
      }
    }
    return events as (AnyEvent & { data: UsageCharged })[];
  };
  const charged = (count: number) => expect.poll(usageCharged).toHaveLength(count);

  beforeEach(async () => {
    [log, store, number, accesses] = [new EmbeddedLog(':memory:', 4), new EmbeddedStore(':memory:'), 0, []];
    folder = mkdtempSync(join(tmpdir(), 'assay-billing-'));
    running = await start();
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await running.close();
    await log.close();
    await store.close();
  });

  const three = [1, 2, 3].map((n) =>
    classified(
      { digest: digestOf(n), scanId: `scan-${n}` },
      { id: `event-${n}`, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    ),
  );

  /** Digests of a partition. */
  const digestsIn = (partition: number): string[] =>
    Array.from({ length: 60 }, (_, n) => digestOf(100 + n)).filter(
      (digest) => partitionOf(digest, log.partitions) === partition,
    );

  it('publishes usage.charged for each assessed image, in the trace of the push', async () => {
    await append(
      ...three,
      classified({ digest: digestOf(1), cause: 'rescan' }, { id: 'again' }),
      classified({ digest: digestOf(4), status: 'undetermined' }, { id: 'unknown' }),
    );
    await charged(3);
    const emitted = await usageCharged();
    expect(emitted.map(({ data }) => data.scanId).toSorted()).toEqual(['scan-1', 'scan-2', 'scan-3']);
    for (const event of emitted) {
      expect(event).toMatchObject({
        source: '/assay/billing',
        correlationid: 'push-1',
        causationid: expect.stringMatching(/^event-/),
        data: { amount: '0.29', chargedFor: '2026-11-24T09:15:02.600Z' },
      });
      expect(event.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    }
  });

  it('logs who exported charges, and logs no refused request', async () => {
    await append(...three);
    await charged(3);
    await get('/assay/export?format=focus-csv&period=2026-13');
    await get('/assay/charges');
    expect(accesses).toEqual([]);
    expect((await get('/assay/export?format=focus-csv&period=2026-11')).statusCode).toBe(200);
    expect((await get('/assay/export?format=focus-csv')).statusCode).toBe(200);
    expect(accesses).toEqual([
      ['billing', 'anybody (assay)', 'export of charges, 3 of them, focus-csv, 2026-11'],
      ['billing', 'anybody (assay)', 'export of charges, 3 of them, focus-csv, all periods'],
    ]);
  });

  const recorded = async (): Promise<AnyEvent[]> => {
    const events: AnyEvent[] = [];
    for await (const { records } of log.read('export.recorded', 0, 0, await log.end('export.recorded', 0)))
      for (const record of records) {
        const decoded = decode('export.recorded', record);
        if (decoded.kind === 'event') events.push(decoded.event);
      }
    return events;
  };

  it('records each export in the audit trail before it is sent, and no refused one', async () => {
    await append(...three);
    await charged(3);
    const url = '/assay/export?format=focus-csv';
    await get('/assay/export?format=focus-csv&period=2026-13');
    expect(await recorded()).toEqual([]);
    // Two exports with the same id of a request are two entries, and one that comes again is none.
    const headers = { 'x-ms-client-request-id': 'order-1', 'x-assay-why': 'month end' };
    await get(`${url}&period=2026-11`, headers);
    await get(`${url}&profile=focus-1.0`, headers);
    await get(`${url}&period=2026-11`, { 'x-assay-why': 'again' });
    const events = await recorded();
    expect(events.map(({ data }) => data)).toEqual([
      {
        period: '2026-11',
        by: 'anybody (assay)',
        why: 'month end',
        format: 'focus-csv',
        profile: 'focus-1.2',
        charges: 3,
        total: '0.87 USD',
        request: 'order-1',
      },
      expect.not.objectContaining({ period: expect.anything() }),
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    log.append = () => Promise.reject(new Error('Kafka is away'));
    const refused = await get(`${url}&period=2026-10`);
    expect([refused.statusCode, refused.body.includes('scan-1')]).toEqual([503, false]);
  });

  it('counts exports, from zero on, and counts no refused request', async () => {
    await running.close();
    const metrics = collectMetrics();
    onTestFinished(() => metrics.close());
    running = await start();
    const exported = async () => (await metrics.of('assay.exports')).map(({ labels, value }) => ({ ...labels, value }));
    expect(await exported()).toEqual([{ format: 'focus-csv', value: 0 }]);
    await append(...three);
    await charged(3);
    await get('/assay/export?format=focus-csv');
    await get('/assay/export?format=pdf');
    await get('/assay/charges');
    expect(await exported()).toEqual([{ format: 'focus-csv', value: 1 }]);
  });

  it('exports a period in the same bytes each time, also after its store was lost', async () => {
    await append(
      ...three,
      classified({ digest: digestOf(5), scanId: 'december' }, { id: 'e5', time: '2026-12-01T00:00:00.000Z' }),
    );
    await charged(4);
    const url = '/assay/export?format=focus-csv&period=2026-11';
    const first = await get(url);
    expect([first.statusCode, first.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(
      parseCsv(first.body)
        .map((line) => line.x_AssayScanId!)
        .toSorted(),
    ).toEqual(['scan-1', 'scan-2', 'scan-3']);
    expect((await get(url)).body).toBe(first.body);

    await running.close();
    await store.close();
    store = new EmbeddedStore(':memory:');
    running = await start({
      ASSAY_PRICES: JSON.stringify([{ id: 'dear', from: '2020-01-01', amount: '9', currency: 'EUR' }]),
    });
    await append(...three.map((event) => ({ ...event, id: `${event.id}-again` })));
    await append(classified({ digest: digestOf(6), scanId: 'later' }, { id: 'e6', time: '2026-12-24T00:00:00.000Z' }));
    await charged(5);
    expect((await get(url)).body).toBe(first.body);
    expect(parseCsv((await get('/assay/export?format=focus-csv')).body)).toHaveLength(5);
  });

  it('reports the number of charges and their total with an export', async () => {
    const url = '/assay/export?format=focus-csv&period=2026-11';
    const tally = async () => {
      const { headers } = await get(url);
      return [headers['x-assay-charges'], headers['x-assay-total']];
    };
    expect(await tally()).toEqual(['0', '0']);
    await append(...three);
    await charged(3);
    expect(await tally()).toEqual(['3', '0.87 USD']);
  });

  it('answers 503 and is not ready while its store is incomplete', async () => {
    await append(...three);
    await charged(3);
    expect(await running.ready!()).toBeUndefined();
    const head = store.checkpoint.bind(store);
    store.checkpoint = async (partition) => {
      const found = await head(partition);
      return partition === 2 && found ? { ...found, restored: false } : found;
    };
    for (const url of ['/assay/export?format=focus-csv&period=2026-11', '/assay/charges']) {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['retry-after'], answer.json().error]).toEqual([
        503,
        '2',
        expect.objectContaining({
          code: 'ServiceUnavailable',
          message: expect.stringContaining('partition 2 of 0 to 3 is not restored yet'),
        }),
      ]);
    }
    expect(await running.ready!()).toContain('not restored yet');
    expect(accesses).toEqual([]);
    store.checkpoint = head;
    expect((await get('/assay/charges')).statusCode).toBe(200);
  });

  it.each<[string, (partition: number) => Promise<unknown>, readonly string[]]>([
    [
      'waits for a newer program',
      async (partition) => {
        const [next] = digestsIn(partition);
        await log.append(
          [classified({ digest: next! }, { id: 'newer', sequence: '7.1' })].map((event) => {
            const record = recordOf(event, log.partitions);
            return { ...record, headers: { ...record.headers, ce_type: typeOf(event.topic, 77) } };
          }),
        );
        await expect.poll(() => running.waits!()).toHaveLength(1);
        // A process that does not own the partition must notice it too.
        await expect(new Charges({ store, log }).of()).rejects.toThrow('newer than what this program knows');
      },
      ['finding.classified/', 'version 77 of finding.classified', 'upgrade this service'],
    ],
    [
      'stands still',
      async (partition) => {
        const { checkpoint } = (await store.claim(partition, 0))!;
        const standstill = {
          code: 'log-changed',
          topic: 'finding.classified',
          offset: 17,
          message: 'it is another',
          since: '2026-11-24T09:15:02.600Z',
          id: 'halt',
        } as const;
        await store.transact(partition, checkpoint.epoch, {
          checkpoint: { standstill },
          outbox: [],
          jobs: { put: [], remove: [] },
          park: [],
          states: [],
        });
      },
      ['stands still', 'it is another', '`assay halted`', '`assay resume billing/finding.classified/'],
    ],
  ])('refuses a bill while a partition %s, and names the remedy', async (_, stops, parts) => {
    await append(...three);
    await charged(3);
    await stops(partitionOf(digestOf(1), log.partitions));
    const close = () =>
      (running.app as NestFastifyApplication).inject({
        method: 'POST',
        url: '/assay/periods/2026-10/close',
        payload: { why: 'month end' },
      });
    for (const ask of [
      () => get('/assay/export?format=focus-csv&period=2026-11'),
      () => get('/assay/charges'),
      close,
    ]) {
      const answer = await ask();
      expect([answer.statusCode, answer.json().error.code]).toEqual([503, 'NeedsOperator']);
      for (const part of parts) expect(answer.json().error.message).toContain(part);
    }
    expect([accesses, await log.end('period.changed', 0)]).toEqual([[], 0]);
  });

  it('lists an image without a price, charges all others, and charges it once it has a price', async () => {
    await running.close();
    const figures = new Map<string, () => Promise<unknown>>();
    const watching = {
      ...silent,
      watch: (name: string, read: () => Promise<unknown>) => {
        figures.set(name, read);
        return () => undefined;
      },
    };
    running = await start(
      { ASSAY_PRICES: JSON.stringify([{ id: 'new', from: '2026-12-01', amount: '0.35', currency: 'USD' }]) },
      watching,
    );
    await append(
      classified({ digest: digestOf(1) }, { id: 'e1' }),
      classified({ digest: digestOf(1), subscriptionId: 'other' }, { id: 'e2', time: '2026-12-02T00:00:00.000Z' }),
    );
    await charged(1);
    expect((await get('/assay/charges')).json()).toMatchObject({
      totals: [{ amount: '0.35', charges: 1 }],
      value: [{ subscriptionId: 'other' }],
      waiting: [{ digest: digestOf(1), chargedFor: '2026-11-24T09:15:02.600Z' }],
    });
    expect((await get('/assay/charges?period=2026-12')).json()).toMatchObject({ waiting: [] });
    expect((await get('/assay/export?format=focus-csv')).headers).toMatchObject({
      'x-assay-charges': '1',
      'x-assay-waiting': '1',
    });
    expect(await figures.get('charges.waiting')!()).toBe(1);
    expect(await store.parked()).toEqual([]);

    await running.close();
    // The retry time passed while the service was down.
    const due = store.due.bind(store);
    store.due = (partition, now, most) => due(partition, now + 86_400_000, most);
    running = await start();
    await charged(2);
    store.due = due;
    expect((await get('/assay/charges')).json()).toMatchObject({
      totals: [{ amount: '0.64', charges: 2 }],
      waiting: [],
    });
  });

  describe('closing a month', () => {
    const url = '/assay/export?format=focus-csv&period=2026-10';
    const october = [1, 2, 3].map((n) =>
      classified(
        { digest: digestOf(n), scanId: `scan-${n}` },
        { id: `october-${n}`, time: '2026-10-24T09:15:02.600Z' },
      ),
    );
    const post = (path: string, payload: object, headers: Record<string, string> = {}) =>
      (running.app as NestFastifyApplication).inject({ method: 'POST', url: path, payload, headers });
    const close = (month: string) => post(`/assay/periods/${month}/close`, { why: 'month end' });
    const files = (): string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));

    it('writes its file once, and keeps answering the same bytes', async () => {
      await append(...october);
      await charged(3);
      const answer = await close('2026-10');
      const { body: kept, headers } = await get(url);
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          period: '2026-10',
          state: 'closed',
          by: 'anybody (assay)',
          why: 'month end',
          since: expect.any(String),
          file: {
            sha256: `sha256:${createHash('sha256').update(kept).digest('hex')}`,
            bytes: Buffer.byteLength(kept),
            charges: 3,
            totals: [{ currency: 'USD', amount: '0.87', charges: 3 }],
          },
        },
      ]);
      expect(headers).toMatchObject({ 'x-assay-charges': '3', 'x-assay-total': '0.87 USD', 'x-assay-waiting': '0' });

      // A late assessment is billed in the next open month, with its own day.
      await append(
        classified({ digest: digestOf(4), scanId: 'late' }, { id: 'late', time: '2026-10-31T23:59:59.999Z' }),
      );
      await charged(4);
      expect((await get(url)).body).toBe(kept);
      expect((await get('/assay/charges?period=2026-10')).json()).toMatchObject({ totals: [{ charges: 3 }] });
      expect(parseCsv((await get('/assay/export?format=focus-csv&period=2026-11')).body)).toMatchObject([
        {
          x_AssayScanId: 'late',
          BillingPeriodStart: '2026-11-01T00:00:00Z',
          ChargePeriodStart: '2026-10-31T00:00:00Z',
        },
      ]);
      expect((await close('2026-10')).json()).toEqual(answer.json());
      expect((await get('/assay/periods')).json()).toEqual({ value: [answer.json()] });
      const { subscriptionId } = october[0]!.data as { subscriptionId: string };
      for (const [of, sums] of [
        [subscriptionId.toUpperCase(), { charges: 3, totals: answer.json().file.totals }],
        ['other', { charges: 0, totals: [] }],
      ] as const)
        expect((await get(`/assay/periods?subscription=${of}`)).json().value).toEqual([
          { ...answer.json(), inScope: sums },
        ]);
      expect(files()).toHaveLength(1);

      // A successor with an empty store and other settings must export the same bytes.
      await running.close();
      await store.close();
      store = new EmbeddedStore(':memory:');
      running = await start({ ASSAY_INVOICE_ISSUER: 'Another Ltd', ASSAY_OWNERS: '{"team":"Team"}' });
      await expect.poll(async () => (await get('/assay/charges')).json<{ value: object[] }>().value).toHaveLength(4);
      expect((await get(url)).body).toBe(kept);
      expect(parseCsv((await get('/assay/export?format=focus-csv&period=2026-11')).body)).toMatchObject([
        { InvoiceIssuerName: 'Another Ltd', Tags: '{"owner":"Team"}' },
      ]);
      const old = await get(`${url}&profile=focus-1.0`);
      expect([parseCsv(old.body)[0]!.ResourceID, old.headers['x-assay-total']]).toEqual([
        parseCsv(kept)[0]!.ResourceId,
        '0.87 USD',
      ]);
    });

    it('bills each charge once, even if received while the month is being closed', async () => {
      const many = Array.from({ length: 400 }, (_, n) =>
        classified(
          { digest: digestOf(1000 + n), scanId: `scan-${n}` },
          { id: `many-${n}`, time: '2026-10-24T09:15:02.600Z' },
        ),
      );
      await append(...many.slice(0, 100));
      const closing = close('2026-10');
      for (let from = 100; from < many.length; from += 10) {
        await append(...many.slice(from, from + 10));
        await new Promise(setImmediate);
      }
      expect((await closing).statusCode).toBe(200);
      const kept = (await get(url)).body;
      await charged(many.length);
      const [file, next] = [
        parseCsv(kept),
        parseCsv((await get('/assay/export?format=focus-csv&period=2026-11')).body),
      ].map((lines) => lines.map((line) => line.x_AssayScanId!));
      expect(file!.length, 'earlier assessments are on their own bill').toBeGreaterThanOrEqual(100);
      expect([...file!, ...next!].toSorted()).toEqual(many.map(({ data }) => data.scanId).toSorted());
      expect((await get(url)).body).toBe(kept);
      expect((await get('/assay/charges?period=2026-10&top=1000')).json()).toMatchObject({
        totals: [{ charges: file!.length }],
        value: { length: file!.length },
      });
    });

    it('closes an empty month, including partitions without events', async () => {
      expect((await close('2026-09')).json()).toMatchObject({ file: { charges: 0, totals: [] } });
      expect((await get('/assay/export?format=focus-csv&period=2026-09')).headers).toMatchObject({
        'x-assay-charges': '0',
        'x-assay-total': '0',
      });
    });

    it('refuses a month that is not over, an invalid month, and an order without a reason', async () => {
      for (const month of [new Date().toISOString().slice(0, 7), '2999-01'])
        expect([(await close(month)).statusCode, (await close(month)).json()]).toMatchObject([
          409,
          { error: { code: 'PeriodNotOver' } },
        ]);
      expect([
        (await close('2026-13')).statusCode,
        (await post('/assay/periods/2026-10/close', {})).statusCode,
        (await post('/assay/periods/2026-10/close', { why: ' ' })).statusCode,
      ]).toEqual([400, 400, 400]);
      expect([await log.end('period.changed', 0), files()]).toEqual([0, []]);
    });

    it('closes a month only with the sum that the caller has read', async () => {
      const closeWith = (total: string) => post('/assay/periods/2026-09/close', { why: 'month end', total });
      expect((await closeWith('0.29 USD')).json()).toMatchObject({
        error: { code: 'TotalDiffers', target: 'total', message: expect.stringContaining('The sum of 2026-09 is 0,') },
      });
      expect([await log.end('period.changed', 0), files()]).toEqual([0, []]);
      expect((await closeWith('0')).statusCode).toBe(200);
      expect([(await closeWith('0.29 USD')).statusCode, (await closeWith('0')).statusCode]).toEqual([409, 200]);
    });

    it('refuses whenever an export would be refused', async () => {
      const head = store.checkpoint.bind(store);
      store.checkpoint = async (partition) => {
        const found = await head(partition);
        return partition === 3 && found ? { ...found, evaluated: false } : found;
      };
      expect((await close('2026-10')).statusCode).toBe(503);
      store.checkpoint = head;
      expect([await log.end('period.changed', 0), files()]).toEqual([0, []]);
    });

    it('continues after a process died in the middle', async () => {
      await append(...october);
      await charged(3);
      await log.append([
        recordOf(
          {
            id: 'died',
            source: '/assay/billing',
            subject: '2026-10',
            time: '2026-11-02T10:00:00.000Z',
            correlationid: 'died',
            topic: 'period.changed',
            data: { period: '2026-10', state: 'closing', by: 'ana', why: 'x' },
          },
          4,
        ),
      ]);
      await expect
        .poll(async () => (await get('/assay/periods')).json())
        .toMatchObject({ value: [{ state: 'closing' }] });
      // The charges of the month are fixed: a later charge is on another bill, and the export works as before.
      await append(classified({ digest: digestOf(4) }, { id: 'late', time: '2026-10-31T23:59:59.999Z' }));
      await charged(4);
      expect((await get(url)).headers).toMatchObject({ 'x-assay-charges': '3' });
      expect((await close('2026-10')).json()).toMatchObject({ state: 'closed', file: { charges: 3 } });
    });

    it.each<[string, (file: string) => void]>([
      [
        'was changed',
        (file) => {
          writeFileSync(file, 'x');
        },
      ],
      [
        'is gone',
        (file) => {
          rmSync(file);
        },
      ],
    ])('answers 409 if the file %s', async (_, harm) => {
      await append(...october);
      await charged(3);
      await close('2026-10');
      for (const file of files()) harm(file);
      const answer = await get(url);
      expect([answer.statusCode, answer.json()]).toMatchObject([409, { error: { code: 'ClosedFileDamaged' } }]);
    });

    it('corrects a charge of a closed month on the next bill, once per request, up to the rest', async () => {
      await append(...october);
      await charged(3);
      await close('2026-10');
      const [{ chargeId }] = (await get('/assay/charges?period=2026-10')).json<{ value: [{ chargeId: string }] }>()
        .value;
      const correct = (payload: object, id: string) =>
        post(`/assay/charges/${chargeId}/corrections`, payload, { 'x-ms-client-request-id': id });
      const first = await correct({ amount: '-0.09', why: 'discount' }, 'first');
      expect(first.headers).toHaveProperty('x-assay-position');
      expect([first.statusCode, first.json()]).toMatchObject([
        200,
        {
          amount: '-0.09',
          currency: 'USD',
          correctionOf: chargeId,
          billedIn: '2026-11',
          by: 'anybody (assay)',
          why: 'discount',
          chargedFor: '2026-10-24T09:15:02.600Z',
        },
      ]);
      expect((await correct({ amount: '-0.09', why: 'discount' }, 'first')).json()).toEqual(first.json());
      expect((await correct({ amount: '-0.21', why: 'x' }, 'second')).json()).toMatchObject({
        error: { code: 'MoreThanCharged' },
      });
      expect((await correct({ why: 'pushed by a test' }, 'third')).json()).toMatchObject({ amount: '-0.20' });
      expect((await correct({ why: 'again' }, 'fourth')).json()).toMatchObject({ error: { code: 'NothingToCorrect' } });
      expect((await correct({ amount: '0.10', why: 'too much' }, 'fifth')).json()).toMatchObject({ amount: '0.10' });
      expect((await post('/assay/charges/another/corrections', { why: 'x' })).json()).toMatchObject({
        error: { code: 'ChargeNotFound' },
      });
      for (const payload of [
        {},
        { why: ' ' },
        { why: 'x', amount: '1e3' },
        { why: 'x', amount: 1 },
        { why: 'x', more: 1 },
      ])
        expect((await correct(payload, 'bad')).statusCode).toBe(400);
      // The line of the closed month shows what came after it.
      const [corrected] = (await get('/assay/charges?period=2026-10')).json<{ value: [object] }>().value;
      expect(corrected).toMatchObject({
        chargeId,
        corrections: [
          { amount: '-0.09', billedIn: '2026-11', by: 'anybody (assay)', why: 'discount' },
          { amount: '-0.20', why: 'pushed by a test' },
          { amount: '0.10', why: 'too much' },
        ],
      });
      const lines = parseCsv((await get('/assay/export?format=focus-csv&period=2026-11')).body);
      expect(
        lines
          .map(
            ({ BilledCost, ChargeClass, x_AssayCorrectedWhy }) =>
              `${BilledCost} ${ChargeClass}: ${x_AssayCorrectedWhy}`,
          )
          .toSorted(),
      ).toEqual(['-0.09 Correction: discount', '-0.20 Correction: pushed by a test', '0.10 Correction: too much']);
      expect((await get(url)).headers).toMatchObject({ 'x-assay-total': '0.87 USD' });
    });
  });

  it('lists charges with their totals', async () => {
    await append(...three);
    await charged(3);
    expect((await get('/assay/charges?period=2026-11')).json()).toMatchObject({
      period: '2026-11',
      totals: [{ currency: 'USD', amount: '0.87', charges: 3 }],
      value: [{ amount: '0.29' }, { amount: '0.29' }, { amount: '0.29' }],
    });
    expect((await get('/assay/charges?period=2026-12')).json()).toEqual({
      period: '2026-12',
      totals: [],
      waitingTotal: 0,
      value: [],
      waiting: [],
    });
  });

  it('lists charges in pages, with the totals on the first one', async () => {
    await append(...three);
    await charged(3);
    const digests: string[] = [];
    let next: string | undefined = '/assay/charges?period=2026-11&top=2';
    const members: string[][] = [];
    while (next !== undefined) {
      const page: ChargesAnswer = (await get(next)).json();
      members.push(Object.keys(page));
      digests.push(...page.value.map(({ digest }) => digest));
      next = page.nextLink?.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(digests.toSorted()).toEqual([1, 2, 3].map(digestOf).toSorted());
    expect(members).toEqual([
      ['period', 'totals', 'waitingTotal', 'value', 'waiting', 'nextLink'],
      ['period', 'value', 'waiting'],
    ]);
    for (const [query, target] of [
      ['top=0', 'top'],
      ['top=1001', 'top'],
      ['$skipToken=x', '$skipToken'],
    ])
      expect((await get(`/assay/charges?${query}`)).json()).toMatchObject({ error: { target } });
  });

  it('goes on with the pages of another replica by the same key', async () => {
    await append(...three);
    await charged(3);
    const linked = async (key: string): Promise<string> => {
      await running.close();
      running = await start({ ASSAY_SIGNING_KEY: key });
      const { nextLink } = (await get('/assay/charges?top=2')).json<{ nextLink: string }>();
      return nextLink.replace(/^https?:\/\/[^/]+/, '');
    };
    const next = await linked('k');
    await linked('k');
    expect((await get(next)).statusCode).toBe(200);
    await linked('another');
    expect((await get(next)).statusCode).toBe(400);
  });

  it.each([
    ['an unknown format', '/assay/export?format=xlsx&period=2026-11', 'UnsupportedFormat', 'format'],
    ['a format that every object has', '/assay/export?format=constructor', 'UnsupportedFormat', 'format'],
    ['no format', '/assay/export?period=2026-11', 'UnsupportedFormat', 'format'],
    ['a period that is none', '/assay/export?format=focus-csv&period=2026-13', 'InvalidPeriod', 'period'],
    ['an empty period', '/assay/charges?period=', 'InvalidPeriod', 'period'],
  ])('refuses %s in the envelope', async (_, url, code, target) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { error: { code, target, message: expect.any(String), details: [] } },
    ]);
  });

  it('requires the token if there is one', async () => {
    await running.close();
    running = await start({ ASSAY_API_TOKEN: 'secret' });
    expect((await get('/assay/charges')).statusCode).toBe(401);
    expect((await get('/assay/charges', { authorization: 'Bearer secret' })).statusCode).toBe(200);
  });

  it('does not start with invalid prices', async () => {
    await expect(start({ ASSAY_PRICES: '[]' })).rejects.toThrow(
      'ASSAY_PRICES must be a list of at least one price rule',
    );
  });

  it.each([
    ['/assay/export', true],
    ['/Assay/Charges/', true],
    ['/assay/charges/x/corrections', true],
    ['/assay/periods/2026-10/close', true],
    ['/assay/periodsOfOthers', false],
    ['/assay/export?format=focus-csv', true],
    ['/assay/exports', false],
    ['/assay/rules', false],
    ['/x/assay/export', false],
  ])('answers %s: %s', (path, answers) => expect(billing.routes.some((route) => route.test(path))).toBe(answers));
});
