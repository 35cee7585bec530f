import { describe, expect, it } from 'vitest';
import { causeOf, definitionOf, setSum, validated, type EventDefinition, type ScanApproved } from '@assay/events';
import type { EventDraft } from '@assay/event-sourcing';
import {
  announced,
  approved,
  bench,
  databaseOf,
  digest,
  findingOf,
  layers,
  startedAt,
  succeeded,
} from '../../test/fixtures.ts';
import { descriptionKey, completed, described, ended, joined, reassessed, started, type Answered } from './drafts.ts';
import type { NumberedSet } from './results.ts';
import type { Announcement, ScanSuccess, StandingResult } from './state.ts';

const event = approved();
const approval: Answered = { data: event.data as ScanApproved, cause: causeOf(event), afterDecline: false };
const declined: Answered = { ...approval, afterDecline: true };
const scanned = succeeded() as ScanSuccess;
const findings = Array.from({ length: 3 }, (_, n) => ({ ...findingOf(n), fixedVersion: 'x'.repeat(200_000) }));
const numbered = (more: Partial<NumberedSet> = {}): NumberedSet => ({
  result: 1,
  content: 'set',
  set: setSum(findings),
  layers,
  findings,
  ...more,
});
const { succeeded: _succeeded, descriptions: _descriptions, ...facts } = scanned;
const standing: StandingResult = {
  ...facts,
  result: 4,
  scanId: 'one',
  set: setSum(scanned.findings),
  changes: 2,
  events: [],
};
const announcement: Announcement = {
  scanner: 'trivy',
  database: databaseOf(2),
  announced: 7,
  cause: causeOf(announced()),
};

/** The data of drafts that fit their contracts. */
const dataOf = (...drafts: EventDraft[]): object[] =>
  drafts.map(({ topic, data }) => {
    validated(definitionOf(topic) as EventDefinition, data);
    return data;
  });

describe('the answer to an approval', () => {
  it('repeats its head in each page, and splits the findings', () => {
    const pages = completed(approval, scanned, numbered(), 2);
    expect(pages).toHaveLength(3);
    for (const data of dataOf(...pages))
      expect(data).toMatchObject({ outcome: 'succeeded', attempt: 2, result: 1, content: 'set', layers, form: 1 });
    expect(new Set(pages.map(({ occurrence }) => occurrence)).size).toBe(3);
    expect(dataOf(...completed(approval, scanned, numbered({ content: 'change', removed: [3] }), 1))[2]).toMatchObject({
      content: 'change',
      removed: [3],
    });
  });

  it('with a known result carries its number and the database on which it stands by now', () => {
    const [data] = dataOf(joined(approval, { standing, database: databaseOf(2) }, 'word'));
    expect(data).toMatchObject({
      content: 'none',
      result: 4,
      set: standing.set,
      joinedScanId: 'one',
      shown: 'word',
      database: databaseOf(2),
      findings: [],
    });
    expect(dataOf(joined(approval, { standing, database: databaseOf(2) }))[0]).not.toHaveProperty('shown');
  });

  it('without a result has no set', () => {
    const times = { startedAt, scannerMs: 0, pullMs: 0 };
    const [data] = dataOf(ended(approval, 'failed', { reason: 'gone', attempt: 1, times, trying: true }, bench));
    expect(data).toMatchObject({ outcome: 'failed', reason: 'gone', trying: true, content: 'none', findings: [] });
    for (const absent of ['result', 'set', 'layers']) expect(data).not.toHaveProperty(absent);
  });

  it('after a refusal names that, in each form', () => {
    const times = { startedAt, scannerMs: 0, pullMs: 0 };
    const drafts = (each: Answered) => [
      ...completed(each, scanned, numbered(), 1),
      joined(each, { standing, database: databaseOf(2) }),
      ended(each, 'timed-out', { reason: 'deadline', attempt: 0, times }, bench),
    ];
    for (const data of dataOf(...drafts(declined))) expect(data).toHaveProperty('afterDecline', true);
    for (const data of dataOf(...drafts(approval))) expect(data).not.toHaveProperty('afterDecline');
  });
});

it('a start names the attempt and the scanner', () => {
  expect(dataOf(started(approval, 3, bench))).toMatchObject([{ attempt: 3, scanner: bench.scanner, verdict: 1 }]);
});

it('a reassessment has no placement and no report, and is caused by the announcement', () => {
  const drafts = reassessed(digest, announcement, scanned, numbered({ result: 5 }));
  expect(drafts.map(({ cause }) => cause)).toEqual(drafts.map(() => announcement.cause));
  for (const data of dataOf(...drafts)) {
    expect(data).toMatchObject({ digest, result: 5, content: 'set', database: scanned.database });
    for (const absent of ['repository', 'verdict', 'report', 'outcome']) expect(data).not.toHaveProperty(absent);
  }
});

it('the same words of one database have one id for any cause, and other words another', () => {
  const words = { vulnerability: 'CVE-2026-1', references: [], cwes: [], ratings: [] };
  const idOf = (more: object, database = databaseOf(1), cause = approval.cause): string =>
    described([{ ...words, ...more }], { ...bench, database }, cause)[0]!.id!;
  expect(idOf({}, databaseOf(1), announcement.cause)).toBe(idOf({}));
  expect(new Set([idOf({}), idOf({ title: 'a' }), idOf({}, databaseOf(2))]).size).toBe(3);
  const [draft] = described([words], bench, approval.cause);
  expect(draft).toMatchObject({ topic: 'vulnerability.described', key: 'CVE-2026-1' });
  expect(dataOf(draft!)).toEqual([{ ...words, scanner: 'trivy', database: bench.database }]);
});

it.each([
  ['a line break', 'CVE-1\n0'],
  ['a colour', '\u001b[32mhealthy'],
  ['a space', 'CVE 1'],
  ['a long name', 'x'.repeat(256)],
])('a description has a plain key if its id has %s', (_what, vulnerability) => {
  const key = descriptionKey(vulnerability);
  expect(key).toMatch(/^[0-9a-f-]{36}$/);
  expect(descriptionKey(`${vulnerability}x`)).not.toBe(key);
});

it('a description has the plain id of its vulnerability as its key', () => {
  expect(descriptionKey('GHSA-x4hh-vjm7-g2jv')).toBe('GHSA-x4hh-vjm7-g2jv');
});
