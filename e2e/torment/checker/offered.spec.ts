import { expect, it } from 'vitest';
import { databaseRecallOf, type AnyEvent, type Consequences } from '@assay/events';
import { recordOf } from '@assay/messaging';
import { eventOf } from '@assay/testing';
import { LogReading } from './reading.ts';
import { misofferedIn } from './offered.ts';

const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;
const databaseOf = (n: number) => ({ digest: digestOf(n), builtAt: '2026-11-24T00:00:00Z', demonstration: false });
const answer = (uncovered = 0): Consequences => ({
  images: 2,
  findings: 9,
  closing: 0,
  changed: 0,
  healthy: 0,
  uncovered,
  weakened: 0,
  lowered: 0,
  raised: 0,
  packages: [],
});

const announced = (n: number) => eventOf('advisories.updated', 'trivy', { scanner: 'trivy', database: databaseOf(n) });
const offered = (state: 'offered' | 'held' | 'refused' | 'used', consequences?: Consequences) =>
  eventOf('advisories.offered', 'trivy', {
    scanner: 'trivy',
    database: databaseOf(2),
    dataref: 'databases/44/4',
    bytes: 1,
    families: [],
    buckets: [],
    before: digestOf(1),
    state,
    reasons: [],
    ...(consequences ? { consequences } : {}),
  });
const released = eventOf('operator.acted', databaseRecallOf(digestOf(2)), {
  command: 'release',
  target: databaseRecallOf(digestOf(2)),
  by: 'an operator',
  why: 'looked at it',
  outcome: 'ordered',
});

/** Read topic by topic, as the checker does, and with one partition of the runner. */
const faultsOf = (...events: readonly AnyEvent[]): readonly string[] => {
  const reading = new LogReading();
  const offsets = new Map<string, number>();
  for (const event of [announced(1), ...events].toSorted((a, b) =>
    a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0,
  )) {
    // Neither operators nor ingestion number these events.
    const { sequence: _sequence, ...unnumbered } = event;
    const offset = offsets.get(event.topic) ?? 0;
    offsets.set(event.topic, offset + 1);
    reading.take({ ...recordOf(unnumbered as AnyEvent, 1), offset });
  }
  expect(reading.unreadable).toEqual([]);
  return misofferedIn(reading, 1).map(({ detail }) => detail);
};

const asked = offered('offered');
const answers = (uncovered = 0) =>
  eventOf('advisories.weighed', 'trivy', { ...answer(uncovered), offer: asked.id, partition: 0 });

it.each([
  ['is used by its answers', [asked, answers(), offered('used', answer()), announced(2)]],
  ['is released', [asked, answers(1), offered('held', answer(1)), released, offered('used', answer(1)), announced(2)]],
  ['stays held', [asked, answers(1), offered('held', answer(1))]],
  ['is refused', [asked, answers(1), offered('held', answer(1)), offered('refused', answer(1))]],
])('a database that was offered may be one that %s', (_, events) => {
  expect(faultsOf(...events)).toEqual([]);
});

it.each([
  ['is announced while it is held', [asked, answers(1), offered('held', answer(1)), announced(2)], 'is held'],
  ['is announced unasked', [asked, announced(2)], 'is offered'],
  ['is used without an order', [asked, answers(1), offered('held', answer(1)), offered('used')], 'not released'],
  ['is used beyond the limits', [asked, answers(1), offered('used', answer(1)), announced(2)], 'uncovered 1'],
  ['is used without an answer', [asked, offered('used', { ...answer(), images: 0, findings: 0 })], 'by 0 answers of 1'],
  [
    'follows another one',
    [announced(3), asked, answers(), offered('used', answer()), announced(2)],
    'after another one than',
  ],
])('a fault is one that %s', (_, events, why) => {
  expect(faultsOf(...events)).toEqual([expect.stringContaining(why)]);
});
