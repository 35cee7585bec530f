import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Caller, roleNamed, sharedToken, type ArmRequest } from '@assay/http';
import { fenceType, type AnyEvent } from '@assay/events';
import { eventually } from '@assay/testing';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  planOn,
  recordsOf,
  registryObserved,
  emitted,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite({ answerMs: 1500 });
});
afterEach(() => assay.close());

let acts = 0;
const acted = (
  command: 'park' | 'redrive' | 'drop',
  target: string,
  outcome: string,
  more: { key?: string; why?: string; cause?: string; time?: string; id?: string } = {},
): AnyEvent => {
  acts += 1;
  const {
    key = digestOf(1),
    why = 'handler-failed: a mistake',
    cause,
    time = '2026-11-24T09:16:00.000Z',
    id = `act ${acts}`,
  } = more;
  return emitted(
    'operator.acted',
    { command, target, outcome, by: target.split('/')[0]!, why, details: { key, id: 'the event' } },
    { id, time, correlationid: 'the push', ...(cause ? { causationid: cause } : {}) },
  );
};
const parked = (target: string, more: Parameters<typeof acted>[3] = {}): AnyEvent =>
  acted('park', target, 'parked', more);

const listed = async (): Promise<string[]> => (await assay.all('/assay/parked')).map(({ target }) => target as string);
const shown = async (): Promise<string> => {
  const { status, reason } = (await assay.get(`/assay/images/${digestOf(1)}`)).body.placements[0];
  return reason ? `${status}/${reason}` : status;
};
const one = '/assay/parked/classifier/scan.completed/3/17';

/** Publishes the outcome of the order at an offset, as the service would. */
const answer = async (outcome: 'redriven' | 'dropped' | 'parked', from: number): Promise<void> => {
  await eventually(async () => (await assay.log.end('operator.acted', 0)) > from);
  for await (const {
    records: [record],
  } of assay.log.read('operator.acted', 0, from, from + 1)) {
    const { target } = JSON.parse(record!.value) as { target: string };
    await assay.publish(
      acted(outcome === 'parked' ? 'park' : outcome === 'dropped' ? 'drop' : 'redrive', target, outcome, {
        cause: record!.headers.ce_id!,
        why: 'handler-failed: still',
      }),
    );
  }
};

describe('parked events', () => {
  it('are listed in flow order, page by page, with their images and the event ahead of them', async () => {
    await assay.close();
    assay = await suite({ arm: { pageSize: 2 } });
    await assay.publish(
      wholeStory()[0]!,
      parked('billing/finding.classified/0/1', { key: digestOf(2) }),
      parked('classifier/scan.completed/3/17'),
      parked('classifier/scan.completed/3/9', { why: 'invalid-event: data/verdict must be integer' }),
      parked('classifier/scan.completed/10/2', { key: digestOf(3) }),
      parked('ingestion/notification.received/1/1'),
    );
    const pages: number[] = [];
    const all = await assay.all('/assay/parked', pages);
    expect(pages).toEqual([2, 2, 1]);
    expect(all.map(({ target, waitsFor }) => [target, waitsFor])).toEqual([
      ['ingestion/notification.received/1/1', undefined],
      ['classifier/scan.completed/3/9', undefined],
      ['classifier/scan.completed/3/17', 'classifier/scan.completed/3/9'],
      ['classifier/scan.completed/10/2', undefined],
      ['billing/finding.classified/0/1', undefined],
    ]);
    expect(all[1]).toEqual({
      target: 'classifier/scan.completed/3/9',
      service: 'classifier',
      topic: 'scan.completed',
      key: digestOf(1),
      id: 'the event',
      since: '2026-11-24T09:16:00.000Z',
      code: 'invalid-event',
      message: 'data/verdict must be integer',
      repositories: ['team/hello'],
    });
  });

  it('are shown with their record from the log, shortened if it is long', async () => {
    const value = `{"half":"\u001b[31m${'x'.repeat(70_000)}`;
    await assay.log.append([
      { topic: 'scan.completed', partition: 3, key: digestOf(1), headers: { ce_id: 'x' }, value },
    ]);
    await assay.publish(parked('classifier/scan.completed/3/0'));
    const { status, body } = await assay.get('/assay/parked/classifier/scan.completed/3/0');
    expect([
      status,
      body.target,
      body.record.headers,
      body.record.key,
      body.record.bytes,
      body.record.truncated,
    ]).toEqual([200, 'classifier/scan.completed/3/0', { ce_id: 'x' }, digestOf(1), Buffer.byteLength(value), true]);
    expect(body.record.value).toBe(value.slice(0, 65_536));
    await assay.publish(parked('classifier/scan.completed/3/17'));
    expect((await assay.get(one)).body).not.toHaveProperty('record');
  });

  it('keep an image that was healthy from being called so, wherever it is asked about', async () => {
    await assay.publish(registryObserved(), planOn(), ...wholeStory({ findings: [] }));
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Security`;
    const codes = async () => [
      await shown(),
      (await assay.get(`${path}/subAssessments?api-version=2019-01-01-preview`)).body.value[0].properties.status.code,
      (await assay.get(`${path}/assessments?api-version=2020-01-01`)).body.value[0].properties.status.code,
      (
        await assay.post('/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', {
          query:
            "securityresources | where type endswith 'assessments' | order by type asc | project code = " +
            'tostring(properties.status.code)',
        })
      ).body.data
        .map(({ code }: { code: string }) => code)
        .join(),
      (await assay.get(`/assay/images/${digestOf(1)}/gate`)).body.decision,
    ];
    const before = await codes();
    expect(before).toEqual(['healthy', 'Healthy', 'Healthy', 'Healthy,Healthy', 'allow']);
    await assay.publish(parked('classifier/scan.completed/3/17'));
    expect(await codes()).toEqual([
      'undetermined/parked',
      'NotApplicable',
      'NotApplicable',
      'NotApplicable,NotApplicable',
      'unknown',
    ]);
    await assay.publish(acted('redrive', 'classifier/scan.completed/3/17', 'redriven'));
    expect(await codes()).toEqual(before);
    // An event parked after the recommendation casts no doubt on the status.
    await assay.publish(parked('billing/finding.classified/3/17'));
    expect(await codes()).toEqual(before);
  });

  it('leave an unhealthy image unhealthy, and none of its findings tolerated', async () => {
    await assay.publish(registryObserved(), planOn(), ...wholeStory());
    const decision = async (most: string) =>
      (await assay.get(`/assay/images/${digestOf(1)}/gate?maxSeverity=${most}`)).body.decision;
    expect([await shown(), await decision('low'), await decision('critical')]).toEqual(['unhealthy', 'deny', 'allow']);
    await assay.publish(parked('classifier/scan.completed/3/17'));
    expect([await shown(), await decision('low'), await decision('critical')]).toEqual([
      'unhealthy',
      'deny',
      'unknown',
    ]);
  });

  it.each(['redriven', 'dropped', 'parked'] as const)('answer an order with its outcome: %s', async (outcome) => {
    await assay.publish(wholeStory()[0]!, parked('classifier/scan.completed/3/17', { id: 'the parking' }));
    expect(await shown()).toBe('undetermined/parked');
    const [{ status, body }] = await Promise.all([
      assay.post(`${one}/${outcome === 'dropped' ? 'drop' : 'redrive'}`, { why: 'mended' }),
      answer(outcome, 1),
    ]);
    expect([status, body]).toEqual([
      200,
      {
        target: 'classifier/scan.completed/3/17',
        order: expect.any(String),
        outcome,
        ...(outcome === 'parked' ? { code: 'handler-failed', message: 'still' } : {}),
      },
    ]);
    expect(await shown()).toBe(outcome === 'parked' ? 'undetermined/parked' : 'queued');
    expect(await listed()).toEqual(outcome === 'parked' ? ['classifier/scan.completed/3/17'] : []);
    const {
      body: { events },
    } = await assay.get(`/assay/images/${digestOf(1)}/timeline`);
    expect(
      new Set(
        events
          .filter(({ topic }: { topic: string }) => topic === 'operator.acted')
          .map(({ summary, pushId, cause }: Record<string, string>) => `${summary} | ${pushId} | ${cause}`),
      ),
    ).toEqual(
      new Set([
        'park classifier/scan.completed/3/17 by classifier: handler-failed: a mistake | the push | undefined',
        `ordered: ${outcome === 'dropped' ? 'drop' : 'redrive'} classifier/scan.completed/3/17 by anybody (assay): ` +
          'mended | the push | the parking',
        `${outcome === 'parked' ? 'park' : outcome} classifier/scan.completed/3/17 by classifier: handler-failed: ` +
          `still | the push | ${body.order}`,
      ]),
    );
  });

  it('answer 202 until an order is carried out', async () => {
    await assay.publish(parked('classifier/scan.completed/3/17'));
    const { status, body } = await assay.post(`${one}/drop`, { why: 'no use' });
    expect([status, body]).toEqual([
      202,
      { target: 'classifier/scan.completed/3/17', order: expect.any(String), outcome: 'ordered' },
    ]);
    expect(await listed()).toEqual(['classifier/scan.completed/3/17']);
  });

  it('answer a late order with the outcome of the earlier one', async () => {
    await assay.publish(parked('classifier/scan.completed/3/17'));
    const [{ status, body }] = await Promise.all([
      assay.post(`${one}/drop`, { why: 'no use' }),
      eventually(async () => (await assay.log.end('operator.acted', 0)) > 1).then(() =>
        assay.publish(
          acted('redrive', 'classifier/scan.completed/3/17', 'redriven', { cause: 'an order about another' }),
        ),
      ),
    ]);
    expect([status, body]).toEqual([
      200,
      { target: 'classifier/scan.completed/3/17', order: expect.any(String), outcome: 'redriven' },
    ]);
  });

  it('refuse malformed orders', async () => {
    await assay.publish(parked('classifier/scan.completed/3/17'), parked('classifier/scan.completed/3/18'));
    const refused = async (path: string, body?: object) => {
      const {
        status,
        body: { error },
      } = await assay.post(path, body);
      return [status, error.code];
    };
    expect(await refused(`${one}/redrive`)).toEqual([400, 'InvalidRequestContent']);
    expect(await refused(`${one}/redrive`, { why: '' })).toEqual([400, 'InvalidRequestContent']);
    expect(await refused(`${one}/redrive`, { why: ' \t' })).toEqual([400, 'InvalidRequestContent']);
    expect(await refused(`${one}/redrive`, { why: 'x', because: 'y' })).toEqual([400, 'InvalidRequestContent']);
    expect(await refused(`${one}/redrive`, [])).toEqual([400, 'InvalidRequestContent']);
    expect(await refused('/assay/parked/nobody/scan.completed/3/17/drop', { why: 'x' })).toEqual([
      400,
      'InvalidRequestContent',
    ]);
    expect(await refused('/assay/parked/classifier/no.topic/3/17/drop', { why: 'x' })).toEqual([
      400,
      'InvalidRequestContent',
    ]);
    expect(await refused('/assay/parked/classifier/scan.completed/3/x/drop', { why: 'x' })).toEqual([
      400,
      'InvalidRequestContent',
    ]);
    expect(await refused('/assay/parked/classifier/scan.completed/3/1/drop', { why: 'x' })).toEqual([
      404,
      'ResourceNotFound',
    ]);
    expect(await refused('/assay/parked/classifier/scan.completed/3/18/redrive', { why: 'x' })).toEqual([
      409,
      'Conflict',
    ]);
    expect((await assay.get('/assay/parked/classifier/scan.completed/3/1')).status).toBe(404);
    expect(await assay.log.end('operator.acted', 0)).toBe(2);
  });

  it('are only hinted at for callers without the permission, without error texts or sweep operators', async () => {
    await assay.close();
    const identify = ({ headers }: ArmRequest) =>
      new Caller('ana', 'here', [{ may: roleNamed(String(headers['x-test-role']))!.may, scope: 'everything' }]);
    assay = await suite({ arm: { access: { identify } } });
    await assay.publish(
      registryObserved(),
      planOn(),
      ...wholeStory(),
      parked('classifier/scan.completed/3/17', { why: 'handler-failed: a secret of others' }),
      emitted(
        'operator.acted',
        {
          command: 'sweep',
          target: 'sweep/r',
          outcome: 'ordered',
          by: 'ana',
          why: 'emptied',
          details: { loginServer: 'myreg.test', gone: 8, known: 9 },
        },
        { id: 'order', correlationid: 'order' },
      ),
      emitted('image.deleted', { digest: digestOf(1) }, { causationid: 'told', correlationid: 'order' }),
    );
    const shownTo = async (role: string) => {
      const of = { 'x-test-role': role };
      const { body } = await assay.get(`/assay/images/${digestOf(1)}`, of);
      const timeline = (await assay.get(`/assay/images/${digestOf(1)}/timeline`, of)).body.events as {
        topic: string;
        summary: string;
      }[];
      return {
        parked: body.parked as object[],
        acts: timeline.filter(({ topic }) => topic === 'operator.acted').map(({ summary }) => summary),
        others: timeline.length,
      };
    };
    const [operator, reader] = [await shownTo('Security Reader'), await shownTo('ACR Reader')];
    expect(operator).toMatchObject({
      parked: [{ target: 'classifier/scan.completed/3/17', code: 'handler-failed', message: 'a secret of others' }],
      acts: expect.arrayContaining([
        expect.stringContaining('a secret of others'),
        'ordered: sweep of myreg.test, 8 of 9 images gone, by ana: emptied',
      ]) as string[],
    });
    expect(reader).toEqual({
      parked: [{ service: 'classifier', topic: 'scan.completed', since: '2026-11-24T09:16:00.000Z' }],
      acts: [],
      others: operator.others - 2,
    });
  });

  it('require a token', async () => {
    await assay.close();
    assay = await suite({ arm: { access: sharedToken('of-the-suite') } });
    expect([(await assay.get('/assay/parked')).status, (await assay.post(`${one}/drop`, { why: 'x' })).status]).toEqual(
      [401, 401],
    );
    expect((await assay.get('/assay/parked', { authorization: 'Bearer of-the-suite' })).status).toBe(200);
  });

  it('still name the report that they answer after the view was opened again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-parked-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'view.duckdb');
    const before = await suite({ path });
    await before.publish(parked('classifier/scan.completed/3/17', { id: 'the report' }));
    await before.view.close();
    await assay.close();
    assay = await suite({ path, log: before.log, answerMs: 1 });
    await assay.view.caughtUp();
    await assay.post(`${one}/redrive`, { why: 'all there is' });
    await eventually(async () => (await assay.log.end('operator.acted', 0)) === 2);
    for await (const {
      records: [record],
    } of assay.log.read('operator.acted', 0, 1, 2))
      expect(record!.headers.ce_causationid).toBe('the report');
  });

  it('do not return on a late append of an earlier owner, but do when parked again', async () => {
    const first = parked('classifier/scan.completed/3/17');
    await assay.publish(
      first,
      acted('drop', 'classifier/scan.completed/3/17', 'dropped', { time: '2026-11-24T09:17:00.000Z' }),
      first,
    );
    expect(await listed()).toEqual([]);
    await assay.publish(parked('classifier/scan.completed/3/17', { time: '2026-11-24T09:18:00.000Z' }));
    expect(await listed()).toEqual(['classifier/scan.completed/3/17']);
  });
});

describe('an event that the view cannot read', () => {
  const unreadable = {
    topic: 'scan.completed',
    partition: 3,
    key: digestOf(1),
    headers: { ce_id: 'the event', ce_type: 'assay.scan.completed.v0' },
    value: '{}',
  };
  const own = 'view/scan.completed/3/0';

  it('is released with the event of its service, in either order of arrival', async () => {
    await assay.log.append([unreadable, unreadable]);
    await assay.publish(
      wholeStory()[0]!,
      parked('classifier/scan.completed/3/0'),
      acted('drop', 'classifier/scan.completed/3/1', 'dropped'),
    );
    expect(await listed()).toEqual(['classifier/scan.completed/3/0']);
    expect([...assay.view.parked.counts()]).toEqual([['classifier', 1]]);
    await assay.publish(
      acted('drop', 'classifier/scan.completed/3/0', 'dropped'),
      acted('drop', 'classifier/scan.completed/3/2', 'dropped'),
    );
    await assay.log.append([unreadable]);
    await assay.publish();
    expect(await listed()).toEqual([]);
    expect(await shown()).toBe('queued');
  });

  it('is shown where another event was dropped before the topic was cut', async () => {
    await assay.publish(wholeStory()[0]!, acted('drop', 'classifier/scan.completed/3/0', 'dropped'));
    await assay.log.append([{ ...unreadable, headers: { ...unreadable.headers, ce_id: 'another' } }]);
    await assay.publish();
    expect(await listed()).toEqual([own]);
  });

  it('can be dropped, and shows the reason when a redrive fails', async () => {
    await assay.log.append([unreadable]);
    await assay.publish(wholeStory()[0]!);
    const again = await assay.post(`/assay/parked/${own}/redrive`, { why: 'a new program' });
    expect([again.status, again.body]).toMatchObject([200, { outcome: 'parked', code: 'unknown-version' }]);
    const dropped = await assay.post(`/assay/parked/${own}/drop`, { why: 'no use' });
    expect([dropped.status, dropped.body.outcome]).toEqual([200, 'dropped']);
    expect(await shown()).toBe('queued');
  });

  it('suppresses nothing behind it, with any sequence, and is listed once', async () => {
    const story = wholeStory();
    const [classified] = recordsOf(
      story.filter(({ topic }) => topic === 'finding.classified'),
      assay.log.partitions,
    );
    const broken = {
      ...classified!,
      headers: { ...classified!.headers, ce_id: 'broken', ce_sequence: '999999.1' },
      value: '{"half',
    };
    await assay.log.append([broken]);
    await assay.publish(...story);
    await assay.log.append([broken]);
    await assay.publish();
    const target = `view/finding.classified/${classified!.partition}/0`;
    const { placements } = (await assay.get(`/assay/images/${digestOf(1)}`)).body;
    expect([await listed(), placements[0].times.classified]).toEqual([[target], expect.any(String)]);
    await assay.post(`/assay/parked/${target}/drop`, { why: 'no use' });
    await assay.log.append([broken]);
    await assay.publish();
    expect(await listed()).toEqual([]);
  });

  it('is consumed when it is redriven and can be read by then', async () => {
    const [pushed] = recordsOf([wholeStory()[0]!], assay.log.partitions);
    // An event that an earlier view could not read: here, one with a sequence of the past.
    await assay.log.append([
      { ...pushed!, headers: { ce_id: 'fence', ce_type: fenceType, ce_sequence: '9.9' }, value: '{}' },
      { ...pushed!, headers: { ...pushed!.headers, ce_sequence: '1.1' } },
    ]);
    const target = `view/image.pushed/${pushed!.partition}/1`;
    await assay.publish(parked(target));
    expect((await assay.get(`/assay/images/${digestOf(1)}`)).status).toBe(404);
    const { body } = await assay.post(`/assay/parked/${target}/redrive`, { why: 'a new program' });
    expect(body.outcome).toBe('redriven');
    expect(await shown()).toBe('queued');
  });
});
