import { describe, expect, it } from 'vitest';
import { definitionOf, type AnyEvent, type ScanCompleted, type Topic } from '@assay/events';
import { faultsIn } from './check.ts';
import type { FaultKind } from './fault.ts';
import { LogReading } from './reading.ts';
import type { TormentTruth } from './truth.ts';
import { goodEvents, goodPush, goodTruth, only, recordOf } from './good-log.ts';

const read = (events: readonly AnyEvent[]): LogReading => {
  const reading = new LogReading();
  events.forEach((event, offset) => reading.take({ ...recordOf(event), offset }));
  return reading;
};

const changed = (topic: Topic, change: Partial<AnyEvent>, data: object = {}): AnyEvent => ({
  ...only(topic),
  ...change,
  data: { ...only(topic).data, ...data },
});
const without = (...topics: Topic[]): AnyEvent[] => goodEvents.filter(({ topic }) => !topics.includes(topic));
/** The same event, published again by a later owner. */
const later = (topic: Topic, data: object = {}, id = 'another'): AnyEvent =>
  changed(topic, { id, sequence: '2.1' }, data);
const declined = (verdict: number): AnyEvent => ({
  ...only('scan.approved'),
  id: `declined ${verdict}`,
  sequence: `2.${10 - verdict}`,
  topic: 'scan.declined',
  data: { ...only('scan.approved').data, verdict, status: 'not-applicable', reason: 'plan-disabled', message: 'Off.' },
});
const deletion: AnyEvent = {
  ...only('image.pushed'),
  id: 'gone',
  topic: 'image.deleted',
  causationid: 'deleted',
  data: { ...definitionOf('image.deleted')!.examples[1], ...goodPush, tag: undefined, deserved: undefined },
};

describe('a log in which all is well', () => {
  it.each<[string, readonly AnyEvent[]]>([
    ['as it was written', goodEvents],
    ['with every event relayed twice', goodEvents.flatMap((event) => [event, event])],
    ['with a notification that came again', [...goodEvents, only('notification.received')]],
    [
      'with pages that were interrupted and emitted again',
      [
        ...without('finding.classified', 'recommendation.changed', 'usage.charged'),
        changed('finding.classified', { id: 'half' }, { page: 1, pages: 2 }),
        changed('finding.classified', { id: 'half', sequence: '2.1' }, { page: 1, pages: 2 }),
        changed('finding.classified', { sequence: '2.2' }, { page: 2, pages: 2, findings: [] }),
        only('recommendation.changed'),
        only('usage.charged'),
      ],
    ],
    [
      'with a late result of a fenced owner, which its successor emitted under another id',
      [
        ...goodEvents.slice(0, -1),
        later('usage.charged', {}, only('usage.charged').id),
        changed('usage.charged', { id: 'late', sequence: '1.9' }),
      ],
    ],
  ])('has no fault %s', (_, events) => {
    expect(faultsIn(read(events), goodTruth)).toEqual([]);
  });

  it('may answer what was taken out of it, and halt for no event', () => {
    const { id } = only('image.pushed');
    const target = 'eligibility/image.pushed/1/7';
    const halt: AnyEvent = {
      ...only('image.pushed'),
      id: 'halted',
      correlationid: 'halted',
      causationid: target,
      sequence: undefined as never,
      topic: 'operator.acted',
      subject: target,
      data: { command: 'halt', target, by: 'eligibility', why: 'log-changed: it ends at 3', outcome: 'halted' },
    };
    const cut = read([
      ...without('image.pushed'),
      { ...only('image.pushed'), id: 'said again', sequence: '2.1' },
      halt,
    ]);
    expect(faultsIn(cut, { ...goodTruth, gone: new Set([id]) })).toEqual([]);
    expect(faultsIn(cut, goodTruth).map(({ kind }) => kind)).toContain('out of nowhere');
  });

  it('may repeat events that were taken out of it, behind later events', () => {
    const again = read([
      ...goodEvents.map((event) =>
        'verdict' in event.data ? { ...event, data: { ...event.data, verdict: 3 } } : event,
      ),
      declined(2),
      declined(1),
    ]);
    const reordered = (gone: readonly string[]): string[] =>
      faultsIn(again, { ...goodTruth, gone: new Set(gone) })
        .filter(({ kind }) => kind === 'reordered')
        .map(({ detail }) => detail);
    expect([reordered(['declined 1']), reordered([])]).toEqual([
      [],
      [expect.stringMatching(/verdict 1 .* comes after 2/)],
    ]);
  });

  it('is counted', () => {
    const reading = read(goodEvents.flatMap((event) => [event, event]));
    const unsequenced = goodEvents.filter(({ sequence }) => sequence === undefined).length;
    expect([reading.records, reading.repeatedById, reading.dropped.length, reading.void]).toEqual([
      goodEvents.length * 2,
      unsequenced,
      goodEvents.length - unsequenced,
      [],
    ]);
  });

  it('may hold what came too late from a fenced owner, and it is counted', () => {
    const reading = read([
      ...goodEvents,
      later('scan.started', { attempt: 2 }),
      changed('scan.started', { id: 'late', sequence: '1.9' }, { attempt: 3 }),
    ]);
    expect(reading.void.map(({ event: { id } }) => id)).toEqual(['late']);
    expect(faultsIn(reading, goodTruth)).toEqual([]);
  });
});

describe('a log with one damage', () => {
  const strangeTruth: Partial<TormentTruth> = { pushes: [goodPush, { ...goodPush, repository: 'team/strange' }] };
  it.each<[FaultKind, string, readonly AnyEvent[], RegExp, Partial<TormentTruth>?]>([
    [
      'lost',
      'a push that no event reports',
      goodEvents,
      /the push of team\/strange@.* has no image.pushed/,
      strangeTruth,
    ],
    [
      'lost',
      'a tag that no event reports',
      goodEvents,
      /no image.pushed of .* tells of its tag v2/,
      { pushes: [goodPush, { ...goodPush, tag: 'v2' }] },
    ],
    [
      'lost',
      'a notification that was taken and is not there',
      goodEvents,
      /notification gone was taken/,
      { taken: new Set(['gone']) },
    ],
    [
      'lost',
      'a notification without an answer',
      [
        ...goodEvents,
        changed(
          'notification.received',
          { id: 'unanswered', correlationid: 'unanswered' },
          { occurredAt: '2026-11-24T10:00:00.000Z' },
        ),
      ],
      /notification unanswered of .* has no answer/,
    ],
    [
      'lost',
      'a push without a verdict',
      [...goodEvents, later('image.pushed', { pushId: 'unjudged' })],
      /push another of .* has no verdict/,
    ],
    [
      'lost',
      'a verdict without a scan',
      without('scan.completed', 'finding.classified', 'recommendation.changed', 'usage.charged'),
      /was approved and never ended/,
    ],
    [
      'lost',
      'a scan without a status',
      without('finding.classified', 'recommendation.changed', 'usage.charged'),
      /ended and was never classified/,
    ],
    [
      'lost',
      'pages that never came to an end',
      [
        ...without('finding.classified', 'recommendation.changed', 'usage.charged'),
        changed('finding.classified', {}, { pages: 2 }),
      ],
      /ended and was never classified/,
    ],
    [
      'lost',
      'a status without a recommendation',
      without('recommendation.changed'),
      /its last recommendation.changed says undefined/,
    ],
    [
      'lost',
      'a status with another recommendation',
      goodEvents.map((event) =>
        event.topic === 'recommendation.changed' ? changed('recommendation.changed', {}, { status: 'healthy' }) : event,
      ),
      /is unhealthy\/undefined, and its last recommendation.changed says healthy/,
    ],
    ['lost', 'an assessment without a charge', without('usage.charged'), /is to be paid for/],
    [
      'doubled',
      'an event that counts twice',
      [...goodEvents, later('scan.started', {}, only('scan.started').id)],
      /event .* counts 2 times/,
    ],
    ['doubled', 'a charge', [...goodEvents, later('usage.charged')], /2 charges for/],
    [
      'doubled',
      'a scan',
      [
        ...goodEvents,
        later('scan.completed', { scanId: 'other', result: 2 }),
        later('finding.classified', { scanId: 'other', classification: 2, result: 2 }),
        later('recommendation.changed', { classification: 2 }),
      ],
      /2 scans of/,
    ],
    [
      'doubled',
      'an end of a scan',
      [...goodEvents, later('scan.completed', { joinedScanId: 'other', content: 'none', findings: [] })],
      /ended 2 times/,
    ],
    ['doubled', 'a verdict', [...goodEvents, declined(1)], /2 times .* verdict 1/],
    [
      'reordered',
      'verdicts',
      [
        ...goodEvents.map((event) =>
          'verdict' in event.data ? { ...event, data: { ...event.data, verdict: 3 } } : event,
        ),
        declined(2),
        declined(1),
      ],
      /verdict 1 .* comes after 2/,
    ],
    [
      'reordered',
      'classifications',
      goodEvents.flatMap((event) =>
        event.topic === 'finding.classified'
          ? [changed('finding.classified', { id: 'second', sequence: '0.9' }, { classification: 2 }), event]
          : [event],
      ),
      /classification 1.1 .* comes after 1.2/,
    ],
    [
      'wrong',
      'a set whose sum is another one',
      goodEvents.map((event) =>
        event.topic === 'finding.classified'
          ? changed('finding.classified', {}, { set: { count: 1, sum: '0'.repeat(16) } })
          : event,
      ),
      /publishes 1 findings with the sum 0{16}/,
    ],
    [
      'wrong',
      'a change on a base that is not there',
      [
        ...goodEvents,
        later(
          'finding.classified',
          {
            classification: 2,
            content: 'change',
            base: { id: 'nobody', verdict: 1, classification: 1 },
          },
          'changed',
        ),
        later('recommendation.changed', { classification: 2 }),
      ],
      /it changes 1\.1 \(nobody\)/,
    ],
    [
      'wrong',
      'a change on a result that nothing told',
      goodEvents.map((event) =>
        event.topic === 'scan.completed' ? changed('scan.completed', {}, { content: 'change' }) : event,
      ),
      /result 1 changes a set that nothing told/,
    ],
    [
      'out of nowhere',
      'a cause that is not in the log',
      goodEvents.map((event) => (event.topic === 'usage.charged' ? { ...event, causationid: 'nobody' } : event)),
      /usage.charged .* answers nobody/,
    ],
    [
      'out of nowhere',
      'a root that is not in the log',
      goodEvents.map((event) => (event.topic === 'usage.charged' ? { ...event, correlationid: 'nobody' } : event)),
      /usage.charged .* belongs to nobody/,
    ],
    [
      'out of nowhere',
      'an image that was never pushed',
      goodEvents,
      /tells of a push of .* that nobody did/,
      { pushes: [] },
    ],
    [
      'out of nowhere',
      'a deletion that never happened',
      [
        ...goodEvents,
        changed('notification.received', { id: 'deleted', correlationid: 'deleted' }, { action: 'delete' }),
        deletion,
      ],
      /tells of a delete/,
    ],
  ])('shows what was %s: %s', (kind, _, events, expected, truth = {}) => {
    const found = faultsIn(read(events), { ...goodTruth, ...truth });
    expect(found.map(({ detail }) => detail).join('\n')).toMatch(expected);
    expect([...new Set(found.map((fault) => fault.kind))]).toEqual([kind]);
  });

  it('shows a record that cannot be read, unless it was meant to be', () => {
    const reading = read(goodEvents).take({
      ...recordOf(only('image.pushed')),
      offset: 99,
      headers: { ce_id: 'poison', ce_type: 'assay.image.pushed.v0' },
      value: 'no',
    });
    expect(faultsIn(reading, goodTruth)).toMatchObject([{ kind: 'out of nowhere' }]);
    expect(faultsIn(reading, { ...goodTruth, poison: new Set(['poison']) })).toEqual([]);
  });

  it('shows a mark that no mark of the runner is behind', () => {
    const { scanner, database } = only('scan.completed').data as ScanCompleted;
    const headers = { ce_id: 'mark', ce_type: 'assay.mark.v1', ce_sequence: '9.1', ce_source: '/assay/test' };
    const reading = read(goodEvents).take({
      ...recordOf(only('finding.classified')),
      offset: 99,
      headers: { ...headers, 'content-type': 'application/json' },
      value: JSON.stringify({ scanner: scanner.name, database, announced: 0, except: [] }),
    });
    const found = faultsIn(reading, goodTruth);
    expect(found.map(({ kind }) => kind)).toEqual(['wrong', 'wrong']);
    expect(found.map(({ detail }) => detail).join('\n')).toMatch(/answers no mark of the runner/);
    expect(faultsIn(reading, { ...goodTruth, gone: new Set(['another image']) })).toEqual([]);
  });
});
