import { describe, expect, it } from 'vitest';
import { definitionOf, type AnyEvent, type ScanCompleted, type Topic } from '@assay/events';
import { shownStatus } from '@assay/read-model/placement/status';
import { sumOf, type SetEntry } from '../laws/entries.ts';
import { knownFrom, parkedAt, recommendedAt, standingAt, textOf } from './invariants/contract.ts';
import type { Emitted, EmittedMark } from './invariants/facts.ts';
import { misshown } from './invariants/statuses.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const pushedAt = Date.parse('2026-11-24T09:15:02.345Z');
const iso = (ms: number): string => new Date(ms).toISOString();

/** An event of the golden examples' image, some seconds after its push. */
const emitted = (topic: Topic, seconds: number, data: object = {}): Emitted => {
  const example = definitionOf(topic)!.examples[1] as { digest: string };
  const at = pushedAt + seconds * 1000;
  return {
    id: `${topic} ${seconds}`,
    source: '/assay/test',
    subject: example.digest,
    time: iso(at),
    sequence: `1.${seconds}`,
    topic,
    data: { ...example, ...data },
    partition: 0,
    offset: 0,
    at,
  } satisfies AnyEvent & Pick<Emitted, 'partition' | 'offset' | 'at'> as Emitted;
};
const nothing = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
const whole = (findings: readonly SetEntry[]): object => ({ content: 'set', set: sumOf(findings), findings });
const pushed = emitted('image.pushed', 0);
const approved = emitted('scan.approved', 1);
const started = emitted('scan.started', 2);
const completed = emitted('scan.completed', 5);
const healthy = emitted('finding.classified', 6, {
  status: 'healthy',
  bySeverity: nothing,
  fixable: 0,
  ...whole([]),
});
const unhealthy = emitted('finding.classified', 6);
const again = emitted('image.pushed', 3600, {
  pushId: 'again',
  receivedAt: iso(pushedAt + 3_600_000),
  pushedAt: iso(pushedAt + 3_600_000),
});
const rescanned = emitted('scan.approved', 7200, { verdict: 2, kind: 'rescan', lane: 'rescan' });
const deleted = emitted('image.deleted', 10);

const { digest, scanner } = completed.data as ScanCompleted;

/** A mark of a newer database at a number of the partition of classifications. */
const marked = (number: number, except: readonly string[] = []): EmittedMark => {
  const sequence = `1.${number}`;
  const data = {
    scanner: scanner.name,
    database: { digest, builtAt: iso(pushedAt + 10 * dayMs), demonstration: false },
    announced: 1,
    except: except.map((each) => ({ digest: each, reason: 'halted' })),
  };
  const headers = {
    ce_id: `mark ${number}`,
    ce_type: 'assay.mark.v1',
    ce_source: '/assay/test',
    ce_subject: 'mark',
    ce_time: iso(pushedAt),
    ce_sequence: sequence,
    'content-type': 'application/json',
  };
  const record = { topic: 'finding.classified', partition: 0, offset: number, key: 'mark', headers };
  return { partition: 0, sequence, at: pushedAt, record: { ...record, value: JSON.stringify(data) }, data };
};

describe('the judge of statuses', () => {
  it.each<[string, Emitted[], number, string]>([
    ['without an answer', [pushed], 0, 'queued'],
    ['at its deadline', [pushed], 15 * minuteMs, 'queued'],
    ['past its deadline', [pushed], 15 * minuteMs + 1, 'undetermined/overdue'],
    ['that a sweep found', [emitted('image.pushed', 0, { origin: 'sweep' })], 16 * minuteMs, 'queued'],
    ['that was approved', [pushed, approved], 0, 'queued'],
    ['that is scanned', [pushed, approved, started], 0, 'scanning'],
    ['with a scan that takes too long', [pushed, approved, started], 16 * minuteMs, 'undetermined/overdue'],
    ['that was judged', [pushed, approved, completed, unhealthy], dayMs, 'unhealthy'],
    ['that was declined', [pushed, emitted('scan.declined', 1)], dayMs, 'not-applicable/windows-image'],
    ['that is healthy', [pushed, approved, completed, healthy], 13 * dayMs, 'healthy'],
    ['that was healthy too long ago', [pushed, approved, completed, healthy], 15 * dayMs, 'undetermined/stale'],
    ['that had findings long ago', [pushed, approved, completed, unhealthy], 15 * dayMs, 'unhealthy'],
    ['that came once more', [pushed, approved, completed, healthy, again], 3_600_000, 'queued'],
    [
      'that came once more and waits',
      [pushed, approved, completed, healthy, again],
      2 * 3_600_000,
      'undetermined/overdue',
    ],
    ['that is scanned once more', [pushed, approved, completed, healthy, rescanned], 3 * 3_600_000, 'healthy'],
    ['of which only its end is known', [deleted], 0, 'not-applicable/image-deleted'],
  ])('gives a push %s the status of the contract', (_, events, afterMs, expected) => {
    const [known] = knownFrom(events).values();
    expect(textOf(standingAt(known!, pushedAt + afterMs))).toBe(expected);
    expect([...misshown(events, pushedAt + afterMs)]).toEqual([]);
  });

  it('believes a mark behind a classification, but for the images that it excepts', () => {
    const events = [pushed, approved, completed, healthy];
    const standing = (...marks: EmittedMark[]): string =>
      textOf(standingAt([...knownFrom(events, marks).values()][0]!, pushedAt + 15 * dayMs));
    expect(standing()).toBe('undetermined/stale');
    expect(standing(marked(7))).toBe('healthy');
    expect(standing(marked(7), marked(8, [digest]))).toBe('healthy');
    expect(standing(marked(5))).toBe('undetermined/stale');
    expect(standing(marked(7, [digest]))).toBe('undetermined/stale');
  });

  it.each<[string, EmittedMark[]]>([
    ['behind it', [marked(7)]],
    ['before it', [marked(5)]],
    ['that excepts it', [marked(7, [digest])]],
  ])('is what the product shows under a mark %s', (_, marks) => {
    const reading = { marks, partitions: 1, found: () => [] };
    for (const after of [0, 15 * dayMs])
      expect([...misshown([pushed, approved, completed, healthy], pushedAt + after, shownStatus, reading)]).toEqual([]);
  });

  it('finds a view that shows other findings than the database of a mark gives', () => {
    const gives = (completed.data as ScanCompleted).findings;
    const reading = { marks: [marked(7)], partitions: 1, found: () => gives };
    const found = [...misshown([pushed, approved, completed, healthy], pushedAt, shownStatus, reading)];
    expect(found[0]).toMatch(/is shown under a mark with .*, and shown is nothing/);
  });

  it('believes neither what is under way nor what is healthy where something is parked', () => {
    for (const events of [[pushed], [pushed, approved], [pushed, approved, completed, healthy]])
      expect(textOf(parkedAt([...knownFrom(events).values()][0]!, pushedAt))).toBe('undetermined/parked');
    expect(textOf(parkedAt([...knownFrom([pushed, approved, completed, unhealthy]).values()][0]!, pushedAt))).toBe(
      'unhealthy',
    );
  });

  it('requires overdue and stale to be emitted, and not before their time', () => {
    const recommended = (events: Emitted[], ms: number): string =>
      textOf(recommendedAt([...knownFrom(events).values()][0]!, pushedAt + ms));
    expect(recommended([pushed, approved, started], 15 * minuteMs)).toBe('nothing');
    expect(recommended([pushed, approved, started], 16 * minuteMs)).toBe('undetermined/overdue');
    expect(recommended([pushed, approved, completed, healthy], 15 * dayMs)).toBe('undetermined/stale');
    expect(recommended([pushed, approved, completed, healthy, again], 3_600_000)).toBe('healthy');
  });

  it.each<[string, typeof shownStatus]>([
    ['never calls anything stale', (state, reading) => shownStatus(state, { ...reading, staleAfterMs: Infinity })],
    [
      'calls pushes overdue an hour late',
      (state, reading) => shownStatus(state, { ...reading, now: reading.now - 3_600_000 }),
    ],
    ['does not mind what is parked', (state, reading) => shownStatus(state, { ...reading, parked: false })],
    [
      'shows what is unknown as healthy',
      (state, reading) => {
        const shown = shownStatus(state, reading);
        return shown.status === 'undetermined' ? { status: 'healthy' } : shown;
      },
    ],
    [
      'takes a rescan for a scan',
      (state, reading) =>
        state.verdict?.approved && state.verdict.kind === 'rescan' ? { status: 'queued' } : shownStatus(state, reading),
    ],
  ])('finds a view that %s', (_, shown) => {
    const stories = [
      [pushed],
      [pushed, approved],
      [pushed, approved, completed, healthy],
      [pushed, approved, completed, healthy, rescanned],
    ];
    expect(stories.flatMap((events) => [...misshown(events, pushedAt, shown)])).not.toEqual([]);
  });
});
