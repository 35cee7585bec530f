import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { eventually } from '@assay/testing';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import { emitted, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite({ answerMs: 1500 });
});
afterEach(() => assay.close());

const order = '5d3c5b0e-1111-4222-8333-944445555666';
const target = 'billing/finding.classified/3/10';
const halted = (id = 'a halt', at = target): AnyEvent =>
  emitted(
    'operator.acted',
    {
      command: 'halt',
      target: at,
      outcome: 'halted',
      by: at.split('/')[0]!,
      why: 'log-changed: finding.classified/3 ends at 7',
      details: undefined,
    },
    { id, time: '2026-11-24T09:16:00.000Z' },
  );
const resumed = (order: string): AnyEvent =>
  emitted(
    'operator.acted',
    { command: 'resume', target, outcome: 'resumed', by: 'billing', why: 'all there is', details: undefined },
    { id: `because of ${order}`, causationid: order },
  );
const listed = async (): Promise<string[]> => (await assay.all('/assay/halted')).map(({ target: at }) => at as string);

describe('halted partitions', () => {
  it('are listed in flow order, with the number of records to read again', async () => {
    await assay.publish(
      ...wholeStory(),
      halted('one', 'view/x/1/1'),
      halted(),
      halted('two', 'classifier/scan.completed/2/5'),
    );
    const all = await assay.all('/assay/halted');
    expect(all.map(({ target: at }) => at as string)).toEqual(['classifier/scan.completed/2/5', target]);
    expect(all[1]).toEqual({
      target,
      service: 'billing',
      topic: 'finding.classified',
      partition: 3,
      readUpTo: 10,
      since: '2026-11-24T09:16:00.000Z',
      code: 'log-changed',
      message: 'finding.classified/3 ends at 7',
      rereads: await assay.log.end('finding.classified', 3),
    });
    expect(await assay.all('/assay/parked')).toEqual([]);
  });

  it('resume on an order, and are no longer listed then', async () => {
    await assay.publish(halted());
    const answer = assay.post(
      `/assay/halted/${target}/resume`,
      { why: 'all there is' },
      { 'x-ms-client-request-id': order },
    );
    await eventually(async () => (await assay.log.end('operator.acted', 0)) === 2);
    for await (const {
      records: [record],
    } of assay.log.read('operator.acted', 0, 1, 2)) {
      expect(record!.headers).toMatchObject({ ce_id: order, ce_causationid: 'a halt' });
      expect(JSON.parse(record!.value)).toMatchObject({
        command: 'resume',
        target,
        why: 'all there is',
        outcome: 'ordered',
      });
    }
    await assay.publish(resumed(order));
    expect(await answer).toMatchObject({ status: 200, body: { target, order, outcome: 'resumed' } });
    expect(await listed()).toEqual([]);
    // A late append of the earlier owner has no effect; another standstill does.
    await assay.publish(halted());
    expect(await listed()).toEqual([]);
    await assay.publish(halted('another halt'));
    expect(await listed()).toEqual([target]);
  });

  it('still name the report that they answer after the view was opened again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-halted-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'view.duckdb');
    const before = await suite({ path });
    await before.publish(halted());
    await before.view.close();
    await assay.close();
    assay = await suite({ path, log: before.log, answerMs: 1 });
    await assay.view.caughtUp();
    await assay.post(`/assay/halted/${target}/resume`, { why: 'all there is' });
    await eventually(async () => (await assay.log.end('operator.acted', 0)) === 2);
    for await (const {
      records: [record],
    } of assay.log.read('operator.acted', 0, 1, 2))
      expect(record!.headers.ce_causationid).toBe('a halt');
  });

  it('answer 202 until resumed, 404 for a partition that is not halted, and 400 to a malformed order', async () => {
    await assay.publish(halted());
    expect(await assay.post(`/assay/halted/${target}/resume`, { why: 'all there is' })).toMatchObject({
      status: 202,
      body: { target, outcome: 'ordered' },
    });
    expect((await assay.post('/assay/halted/billing/finding.classified/4/10/resume', { why: 'x' })).status).toBe(404);
    expect((await assay.post('/assay/halted/billing/finding.classified/4/-1/resume', { why: 'x' })).status).toBe(400);
    expect((await assay.post(`/assay/halted/${target}/resume`, {})).status).toBe(400);
    expect((await assay.post(`/assay/halted/${target}/resume`)).status).toBe(400);
    expect(await listed()).toEqual([target]);
  });
});
