import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decode, type AnyEvent, type UsageCharged } from '@assay/events';
import { EmbeddedStore, silent, type RunningService } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { classified } from './domain/example.ts';
import { parseCsv } from './export/example.ts';
import { billing } from './index.ts';

const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;

describe('the billing service', () => {
  let log: EmbeddedLog;
  let store: EmbeddedStore;
  let running: RunningService;
  let accesses: unknown[];

  const start = async (env: Record<string, string> = {}): Promise<RunningService> => billing.start({
    log, store, env, observer: { ...silent, accessed: (...what) => { accesses.push(what); } }, telemetry: await startTelemetry({ version: '0', env: {} }), blobs: undefined as never, folder: '', home: '', progress: () => undefined, fatal: () => undefined,
  });
  const get = (url: string, headers: Record<string, string> = {}) => (running.app as NestFastifyApplication).inject({ method: 'GET', url, headers });

  /** As the classifier says it: with a sequence, into the partition of the digest. */
  let number = 0;
  const append = (...events: AnyEvent[]) => log.append(events.map((event) => recordOf({ ...event, sequence: `1.${number += 1}` }, log.partitions)));

  const usageCharged = async (): Promise<(AnyEvent & { data: UsageCharged })[]> => {
    const events: AnyEvent[] = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      for await (const { records } of log.read('usage.charged', partition, 0, await log.end('usage.charged', partition))) {
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
    running = await start();
  });
  afterEach(async () => { await running.close(); await log.close(); await store.close(); });

  const three = [1, 2, 3].map((n) => classified({ digest: digestOf(n), scanId: `scan-${n}` }, { id: `event-${n}`, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }));

  it('says usage.charged for each assessed image, in the trace of the push', async () => {
    await append(...three, classified({ digest: digestOf(1), cause: 'rescan' }, { id: 'again' }), classified({ digest: digestOf(4), status: 'undetermined' }, { id: 'unknown' }));
    await charged(3);
    const said = await usageCharged();
    expect(said.map(({ data }) => data.scanId).toSorted()).toEqual(['scan-1', 'scan-2', 'scan-3']);
    for (const event of said) {
      expect(event).toMatchObject({ source: '/assay/billing', correlationid: 'push-1', causationid: expect.stringMatching(/^event-/), data: { amount: '0.29', chargedFor: '2026-11-24T09:15:02.600Z' } });
      expect(event.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    }
  });

  it('leaves a line about who exported what, and none about who was refused', async () => {
    await append(...three);
    await charged(3);
    await get('/assay/export?format=focus-csv&period=2026-13');
    await get('/assay/charges');
    expect(accesses).toEqual([]);
    expect((await get('/assay/export?format=focus-csv&period=2026-11')).statusCode).toBe(200);
    expect((await get('/assay/export?format=focus-csv')).statusCode).toBe(200);
    expect(accesses).toEqual([['billing', 'anybody (assay)', 'export of charges, 3 of them, focus-csv, 2026-11'], ['billing', 'anybody (assay)', 'export of charges, 3 of them, focus-csv, all periods']]);
  });

  it('exports a period, in the same bytes each time, also by a successor that lost the store', async () => {
    await append(...three, classified({ digest: digestOf(5), scanId: 'december' }, { id: 'e5', time: '2026-12-01T00:00:00.000Z' }));
    await charged(4);
    const url = '/assay/export?format=focus-csv&period=2026-11';
    const first = await get(url);
    expect([first.statusCode, first.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(parseCsv(first.body).map((line) => line.x_AssayScanId!).toSorted()).toEqual(['scan-1', 'scan-2', 'scan-3']);
    expect((await get(url)).body).toBe(first.body);

    await running.close();
    await store.close();
    store = new EmbeddedStore(':memory:');
    running = await start({ ASSAY_PRICES: JSON.stringify([{ id: 'dear', from: '2020-01-01', amount: '9', currency: 'EUR' }]) });
    await append(...three.map((event) => ({ ...event, id: `${event.id}-again` })));
    await append(classified({ digest: digestOf(6), scanId: 'later' }, { id: 'e6', time: '2026-12-24T00:00:00.000Z' }));
    await charged(5);
    expect((await get(url)).body).toBe(first.body);
    expect(parseCsv((await get('/assay/export?format=focus-csv')).body)).toHaveLength(5);
  });

  it('lists charges with totals that are their sums', async () => {
    await append(...three);
    await charged(3);
    expect((await get('/assay/charges?period=2026-11')).json()).toMatchObject({
      period: '2026-11', totals: [{ currency: 'USD', amount: '0.87', charges: 3 }], value: [{ amount: '0.29' }, { amount: '0.29' }, { amount: '0.29' }],
    });
    expect((await get('/assay/charges?period=2026-12')).json()).toEqual({ period: '2026-12', totals: [], value: [] });
  });

  it.each([
    ['an unknown format', '/assay/export?format=xlsx&period=2026-11', 'UnsupportedFormat', 'format'],
    ['a format that every object has', '/assay/export?format=constructor', 'UnsupportedFormat', 'format'],
    ['no format', '/assay/export?period=2026-11', 'UnsupportedFormat', 'format'],
    ['a period that is none', '/assay/export?format=focus-csv&period=2026-13', 'InvalidPeriod', 'period'],
    ['an empty period', '/assay/charges?period=', 'InvalidPeriod', 'period'],
  ])('refuses %s in the envelope', async (_, url, code, target) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json()]).toEqual([400, { error: { code, target, message: expect.any(String), details: [] } }]);
  });

  it('asks for the token where there is one', async () => {
    await running.close();
    running = await start({ ASSAY_API_TOKEN: 'secret' });
    expect((await get('/assay/charges')).statusCode).toBe(401);
    expect((await get('/assay/charges', { authorization: 'Bearer secret' })).statusCode).toBe(200);
  });

  it('does not start with prices that are none', async () => {
    await expect(start({ ASSAY_PRICES: '[]' })).rejects.toThrow('ASSAY_PRICES must be a list of at least one price rule');
  });

  it.each([['/assay/export', true], ['/Assay/Charges/', true], ['/assay/export?format=focus-csv', true], ['/assay/exports', false], ['/assay/rules', false], ['/x/assay/export', false]])(
    'answers %s: %s', (path, answers) => expect(billing.routes.some((route) => route.test(path))).toBe(answers));
});
