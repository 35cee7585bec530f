import { expect, it } from 'vitest';
import type { Mark } from '@assay/events';
import type { PartitionCheckpoint } from '../stores/store.ts';
import { changesByReceived, dueMark, exceptionsOf, registriesOfKeys } from './due-mark.ts';
import { answerTo, markAfter } from './partition-mark.ts';

const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;
const database = { digest: digestOf(9), builtAt: '2026-11-24T06:00:00.000Z', demonstration: false };
const markOf = (announced: number, except: Mark['data']['except'] = []): Mark => ({
  id: `mark ${announced}`,
  source: '/assay/test',
  time: '2026-11-24T09:15:02.600Z',
  sequence: `1.${announced}`,
  data: { scanner: 'trivy', database, announced, except },
});

const checkpoint: PartitionCheckpoint = {
  epoch: 1,
  offsets: {},
  read: {},
  lastSequences: {},
  lastEmitted: '1.1',
  configEvaluated: { 'advisories.updated': 2 },
  configUsed: {},
  restored: true,
  evaluated: true,
};
const due = { scanner: 'trivy', database, announced: 1 };
const announcing = { app: 'sandbox-runner', mark: () => due } as const;
const answering = {
  app: 'classifier',
  mark: ({ marks }: { marks: Parameters<typeof answerTo>[0] }) => answerTo(marks),
} as const;
const config = { value: {}, offsets: { 'advisories.updated': 2 } };

it('a mark is due once every key was evaluated by the present config', () => {
  expect(dueMark(announcing, config, checkpoint)).toEqual(due);
  expect(dueMark(announcing, { ...config, offsets: { 'advisories.updated': 3 } }, checkpoint)).toBeUndefined();
  expect(dueMark(announcing, config, { ...checkpoint, evaluated: false })).toBeUndefined();
  expect(dueMark(announcing, config, { ...checkpoint, restored: false })).toBeUndefined();
});

it('an answer does not wait for config', () => {
  const received = { ...checkpoint, marks: { received: markAfter(undefined, markOf(1)) } };
  expect(dueMark(answering, { value: {}, offsets: { 'rule.changed': 7 } }, received)).toMatchObject({ announced: 1 });
});

it('an exception has one reason, and no job of it is waited for', () => {
  const excepting = markOf(1, [{ digest: digestOf(1), reason: 'pull-failed' }]);
  const job = (n: number, more: object = {}) => ({ key: digestOf(n), id: 'j', state: 'queued' as const, ...more });
  const { except, registries, troubled, open } = exceptionsOf({
    answered: markAfter(undefined, {
      ...excepting,
      data: { ...excepting.data, registries: [{ registryId: 'r', reason: 'registry-denied' }] },
    }),
    parked: [
      { key: digestOf(1), code: 'handler-failed' },
      { key: digestOf(2), code: 'key-halted' },
      { key: 'no image', code: 'not-a-cloud-event' },
    ],
    failing: [digestOf(3)],
    behind: [digestOf(4)],
    dropped: [digestOf(5), ''],
    jobs: [
      job(2),
      job(6, { trouble: { code: 'away' } }),
      job(7, { trouble: {} }),
      job(8, { trouble: { code: 'away' }, state: 'finished' }),
      job(9),
    ],
  });
  expect(except.map(({ digest, reason }) => [Number(digest.slice(7)), reason])).toEqual([
    [1, 'pull-failed'],
    [2, 'key-halted'],
    [3, 'decision-failed'],
    [5, 'dropped'],
    [4, 'later-result'],
    [6, 'away'],
    [7, 'troubled'],
  ]);
  expect(open.map(({ key }) => Number(key.slice(7)))).toEqual([8, 9]);
  expect([...troubled].map((key) => Number(key.slice(7)))).toEqual([6, 7]);
  expect(registries).toEqual([{ registryId: 'r', reason: 'registry-denied' }]);
});

it('the registries of a key are those that all of its jobs name', () => {
  const job = (key: string, payload: object, lane = 'rescan') => ({ key, lane, payload });
  const jobs = [
    job('a', { in: ['r'] }),
    job('a', { in: ['r', 's'] }),
    job('a', {}, 'push'),
    job('b', { in: ['r'] }),
    job('b', {}),
    job('c', {}, 'push'),
  ];
  const known = registriesOfKeys(jobs, (payload) => (payload as { in?: string[] }).in ?? []);
  expect([...known]).toEqual([['a', ['r', 's']]]);
});

it('what is received behind an unanswered mark is remembered, up to a number, and forgotten with the next mark', () => {
  const topic = 'scan.completed';
  const part = { topic, keys: ['a', 'b'], whole: [], dropped: [] };
  const marks = { received: markAfter(undefined, markOf(1)) };
  expect(changesByReceived(answering, {}, checkpoint, part)).toEqual({});
  expect(changesByReceived(answering, {}, { ...checkpoint, marks }, part)).toEqual({ behindMark: ['a', 'b'] });
  expect(changesByReceived(answering, {}, { ...checkpoint, marks, behindMark: ['b', 'a'] }, part)).toEqual({});
  const full = Array.from({ length: 200 }, (_, n) => String(n));
  expect(changesByReceived(answering, {}, { ...checkpoint, marks, behindMark: full }, part)).toEqual({
    behindMark: [...full, 'a'],
  });
  const answered = { ...marks, emitted: markAfter(undefined, { ...markOf(1), causationid: 'mark 1' }) };
  expect(changesByReceived(answering, {}, { ...checkpoint, marks: answered }, part)).toEqual({});
  expect(
    changesByReceived(answering, {}, { ...checkpoint, marks, behindMark: ['a'] }, { ...part, mark: markOf(2) }),
  ).toEqual({ marks: { received: markAfter(marks.received, markOf(2)) }, behindMark: [] });
  expect(changesByReceived(answering, {}, { ...checkpoint, marks }, { ...part, topic: 'image.pushed' })).toEqual({});
});

it('all keys are evaluated behind a mark that matters, and behind one that a decision awaits', () => {
  const mattering = { ...answering, markMatters: ({ announced }: { announced: number }) => announced === 2 };
  const behind = (announced: number, more: object = {}) => {
    const part = { topic: 'scan.completed', keys: [], whole: [], dropped: [], mark: markOf(announced) };
    const { lapsesAt, awaitsMark } = changesByReceived(mattering, {}, { ...checkpoint, ...more }, part);
    return [lapsesAt, awaitsMark];
  };
  expect(behind(1)).toEqual([undefined, undefined]);
  expect([behind(2), behind(1, { awaitsMark: true })]).toEqual([
    [0, false],
    [0, false],
  ]);
});

it('dropped keys are remembered until they are whole, however many there are', () => {
  const part = { topic: 'scan.completed', keys: ['a'], whole: [], dropped: [] };
  const many = Array.from({ length: 300 }, (_, n) => String(n));
  const dropped = (known: readonly string[], more: object) =>
    changesByReceived(answering, {}, { ...checkpoint, dropped: known }, { ...part, ...more });
  expect(dropped([], { dropped: many })).toEqual({ dropped: many });
  expect(dropped(many, {})).toEqual({});
  expect(dropped(many, { whole: many.slice(1), dropped: ['a'] })).toEqual({ dropped: ['0', 'a'] });
});
