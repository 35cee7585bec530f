import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { at, present } from '@assay/events';
import type { Changes, Job, Store, StoredState } from '@assay/event-sourcing';

const changes = (some: Partial<Changes>): Changes => ({
  checkpoint: {},
  states: [],
  outbox: [],
  jobs: { put: [], remove: [] },
  park: [],
  ...some,
});
const row = (key: string, state: object, wakeAt?: number) => ({ key, state: JSON.stringify(state), wakeAt });
const emitted = (value: string) => ({
  topic: 'image.pushed',
  partition: 3,
  key: value,
  headers: { ce_id: value },
  value,
});
const job = (id: string, lane = 'push', enqueuedAt = 0) => ({
  id,
  lane,
  payload: { of: id },
  key: `key of ${id}`,
  enqueuedAt,
});
const claiming = {
  leaseMs: 600_000,
  maxAttempts: 3,
  lanes: [
    { lane: 'push', most: 10 },
    { lane: 'backfill', most: 1 },
  ],
};

const claimedJob = async (store: Store): Promise<Job> => present(await store.claimJob(claiming), 'job');

/** A lease or pause of this length is over at the next look. */
const momentMs = 1;

/** The contract that every store must fulfil. */
export const describeStore = (name: string, open: () => Promise<Store>): void => {
  describe(`the store contract: ${name}`, () => {
    const opened: Store[] = [];
    const fresh = async (): Promise<Store> => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    it('starts empty, and raises the epoch with every claim', async () => {
      const store = await fresh();
      const { checkpoint, outbox, parkedKeys, working } = await store.claim(0, 100);
      expect(checkpoint).toEqual({
        epoch: 100,
        offsets: {},
        read: {},
        lastSequences: {},
        lastEmitted: '0.0',
        configEvaluated: {},
        configUsed: {},
        restored: false,
        evaluated: false,
      });
      expect([outbox, parkedKeys, working]).toEqual([[], [], []]);
      expect((await store.claim(0, 0)).checkpoint.epoch).toBe(101);
      expect((await store.claim(0, 5000)).checkpoint.epoch).toBe(5000);
      expect((await store.claim(1, 7)).checkpoint.epoch).toBe(7);
    });

    it('reports the current epoch to any reader', async () => {
      const store = await fresh();
      expect(await store.epoch(0)).toBeUndefined();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1_800_000_000_000);
      await store.transact(0, epoch, changes({ states: [row('a', {})] }));
      expect(await store.epoch(0)).toBe(1_800_000_000_000);
      await store.claim(0, 0);
      expect(await store.epoch(0)).toBe(1_800_000_000_001);
      expect(await store.epoch(1)).toBeUndefined();
    });

    it('keeps the reason of a standstill until it is over, and the last read record of each topic', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 100);
      const standstill = {
        code: 'log-changed',
        topic: 't',
        offset: 5,
        message: 't/0 is "another"',
        since: '2026-11-24T09:15:02.600Z',
        id: 'one',
      } as const;
      await store.transact(
        0,
        epoch,
        changes({ checkpoint: { offsets: { t: 5 }, read: { t: '4 an id', u: '1 other' } } }),
      );
      await store.transact(0, epoch, changes({ checkpoint: { standstill, read: { t: '4 it' } } }));
      const { checkpoint } = await store.claim(0, 101);
      expect(checkpoint).toMatchObject({ standstill, read: { t: '4 it', u: '1 other' }, offsets: { t: 5 } });
      await store.transact(0, checkpoint.epoch, changes({ checkpoint: { standstill: undefined, restored: false } }));
      expect(present(await store.checkpoint(0), 'checkpoint').standstill).toBeUndefined();
      await store.transact(0, checkpoint.epoch, changes({ checkpoint: { standstill } }));
      expect((await store.claim(0, 102)).checkpoint.standstill).toEqual(standstill);
    });

    it('keeps why a topic is paused, by topic', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 100);
      expect(present(await store.checkpoint(0), 'checkpoint').waits).toBeUndefined();
      const wait = { topic: 't', partition: 0, offset: 5, code: 'newer-version', message: 'a "2"', remedy: 'upgrade' };
      await store.transact(0, epoch, changes({ checkpoint: { offsets: { t: 5 }, waits: { t: wait } } }));
      await store.transact(0, epoch, changes({ checkpoint: { waits: { u: { ...wait, topic: 'u' } } } }));
      expect(present(await store.checkpoint(0), 'checkpoint').waits).toEqual({ t: wait, u: { ...wait, topic: 'u' } });
      expect((await store.claim(0, 101)).checkpoint.waits).toEqual({ t: wait, u: { ...wait, topic: 'u' } });
      await store.clear(0, 101);
      expect(present(await store.checkpoint(0), 'checkpoint').waits).toBeUndefined();
    });

    it('reports the checkpoint of a partition to any reader, and leaves the partition to its owner', async () => {
      const store = await fresh();
      expect(await store.checkpoint(0)).toBeUndefined();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 100);
      const checkpoint = {
        offsets: { t: 5 },
        read: { t: '4 an id 1.2', c: '2 another' },
        lastSequences: { t: '1.2' },
        lastEmitted: '100.1',
        configEvaluated: { c: 3 },
        configUsed: { c: 4 },
        restored: true,
        evaluated: true,
        stateVersion: 3,
        lapsesAt: 1_795_000_000_000,
      };
      await store.transact(0, epoch, changes({ checkpoint, outbox: [emitted('one')] }));
      expect(await store.checkpoint(0)).toEqual({ epoch: 100, ...checkpoint });
      expect(await store.checkpoint(1)).toBeUndefined();
      expect((await store.transact(0, epoch, changes({ states: [row('a', {})] }))).committed).toBe(true);
    });

    it('keeps the marks of a partition, and the keys that a mark must not cover', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const mark = (announced: number) => ({
        id: `mark ${announced}`,
        time: '2026-01-01T00:00:00.000Z',
        sequence: `1.${announced}`,
        scanner: 'trivy',
        database: { digest: 'sha256:1', builtAt: '2026-01-01T00:00:00.000Z', demonstration: false },
        announced,
        except: [{ digest: 'sha256:ü "2"', reason: 'key-halted' }],
      });
      await store.transact(0, epoch, changes({ checkpoint: { marks: { received: mark(1), emitted: mark(2) } } }));
      await store.transact(
        0,
        epoch,
        changes({
          checkpoint: {
            marks: { received: mark(3) },
            failing: ['a', 'b'],
            behindMark: ['c'],
            dropped: ['d'],
            awaitsMark: true,
          },
        }),
      );
      expect(await store.checkpoint(0)).toMatchObject({
        marks: { received: mark(3), emitted: mark(2) },
        failing: ['a', 'b'],
        behindMark: ['c'],
        dropped: ['d'],
        awaitsMark: true,
      });
      await store.transact(0, epoch, changes({ checkpoint: { failing: [], behindMark: [], awaitsMark: false } }));
      const { checkpoint } = await store.claim(0, 1);
      expect(checkpoint).toMatchObject({ failing: [], behindMark: [], dropped: ['d'], awaitsMark: false });
      await store.clear(0, checkpoint.epoch);
      const after = await store.checkpoint(0);
      for (const name of ['marks', 'failing', 'behindMark', 'dropped', 'awaitsMark'])
        expect(after).not.toHaveProperty(name);
    });

    it('returns the version that a program announced', async () => {
      expect(await (await fresh()).announce(3)).toBe(3);
    });

    it('writes states, offsets, outbox and jobs together', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const committed = await store.transact(
        0,
        epoch,
        changes({
          expect: { topic: 't', offset: 0 },
          checkpoint: { offsets: { t: 5 }, lastSequences: { t: '1.2' }, lastEmitted: '1.9', restored: true },
          states: [row('a', { x: 1 }), row('b', { y: 2 }, 50)],
          outbox: [emitted('one'), emitted('two')],
          jobs: { put: [job('j')], remove: [] },
        }),
      );
      expect(committed.committed).toBe(true);
      expect(JSON.parse(present((await store.read(0, ['a', 'none'])).get('a'), 'state').state)).toEqual({ x: 1 });
      expect((await store.read(0, ['none'])).size).toBe(0);
      const { checkpoint, outbox } = await store.claim(0, 1);
      expect(checkpoint).toMatchObject({
        offsets: { t: 5 },
        lastSequences: { t: '1.2' },
        lastEmitted: '1.9',
        restored: true,
      });
      expect(outbox.map(({ value, partition, topic, headers }) => [value, partition, topic, headers.ce_id])).toEqual([
        ['one', 3, 'image.pushed', 'one'],
        ['two', 3, 'image.pushed', 'two'],
      ]);
      expect((await store.jobsOf(0, ['key of j']))[0]).toMatchObject({
        id: 'j',
        state: 'queued',
        attempt: 0,
        payload: { of: 'j' },
      });
    });

    it('keeps partitions apart', async () => {
      const store = await fresh();
      const [zero, one] = [await store.claim(0, 1), await store.claim(1, 1)];
      await store.transact(
        0,
        zero.checkpoint.epoch,
        changes({ states: [row('a', { of: 0 })], checkpoint: { offsets: { t: 1 } } }),
      );
      await store.transact(1, one.checkpoint.epoch, changes({ states: [row('a', { of: 1 })] }));
      expect(present((await store.read(1, ['a'])).get('a'), 'state').state).toBe('{"of":1}');
      expect((await store.claim(1, 1)).checkpoint.offsets).toEqual({});
    });

    it('fences an owner with an old epoch, and writes nothing of it', async () => {
      const store = await fresh();
      const old = await store.claim(0, 1);
      await store.claim(0, 1);
      expect(
        await store.transact(
          0,
          old.checkpoint.epoch,
          changes({ states: [row('a', {})], outbox: [emitted('x')], jobs: { put: [job('j')], remove: [] } }),
        ),
      ).toEqual({ committed: false });
      expect((await store.read(0, ['a'])).size).toBe(0);
      expect((await store.claim(0, 1)).outbox).toEqual([]);
      expect(await store.jobsOf(0, ['key of j'])).toEqual([]);
    });

    it('refuses a batch that does not start at the stored offset', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const batch = (offset: number, next: number) =>
        store.transact(0, epoch, changes({ expect: { topic: 't', offset }, checkpoint: { offsets: { t: next } } }));
      expect((await batch(0, 4)).committed).toBe(true);
      expect((await batch(0, 4)).committed).toBe(false);
      expect((await batch(5, 6)).committed).toBe(false);
      expect((await batch(4, 6)).committed).toBe(true);
    });

    it('scans the keys in order, page by page', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      await store.transact(0, epoch, changes({ states: ['c', 'a', 'b'].map((key) => row(key, {})) }));
      expect((await store.scan(0, undefined, 2)).map(({ key }) => key)).toEqual(['a', 'b']);
      expect((await store.scan(0, 'b', 2)).map(({ key }) => key)).toEqual(['c']);
      expect(await store.scan(0, 'c', 2)).toEqual([]);
    });

    it('scans large states completely, even if a page holds few', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const keys = ['a', 'b', 'c', 'd'];
      for (const key of keys)
        await store.transact(0, epoch, changes({ states: [row(key, { text: 'x'.repeat(2_500_000) })] }));
      const seen: string[] = [];
      for (
        let page = await store.scan(0, undefined, 100);
        page.length > 0;
        page = await store.scan(0, seen.at(-1), 100)
      )
        seen.push(...page.map(({ key }) => key));
      expect(seen).toEqual(keys);
    });

    it('keeps large states unchanged, and their wake times', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const text = (length: number): string => `${'\u0000 z1 ü 😀 \\ "'.repeat(length / 16)}${length}`;
      const states = [
        { ...row('a', { text: text(1_000_000) }, 1_795_000_000_000), summary: 'of a' },
        row('b', { text: text(4_096) }),
        row('c', { text: text(16) }, 7),
      ];
      await store.transact(0, epoch, changes({ states }));
      const found = async () => [...(await store.read(0, ['a', 'b', 'c'])).values()];
      const plain = states.map(({ key, state, wakeAt }) => ({ key, state, wakeAt }));
      expect(await found()).toEqual(plain);
      expect(await store.scan(0, undefined, 10)).toEqual(plain);
      expect((await store.due(0, 1_795_000_000_000, 10)).keys.toSorted()).toEqual(['a', 'c']);
      const swapped = [row('a', { text: text(16) }), row('c', { text: text(100_000) })];
      await store.transact(0, epoch, changes({ states: swapped }));
      expect(await found()).toEqual([swapped[0], plain[1], swapped[1]]);
    });

    it('keeps a summary beside each state, and lists them without the states', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const listed = async (after?: string, most = 10) =>
        (await store.summaries(0, after, most)).map(({ key, summary }) => [key, summary]);
      expect(await listed()).toEqual([]);
      await store.transact(
        0,
        epoch,
        changes({
          states: [
            { ...row('c', {}), summary: 'of c' },
            { ...row('a', { large: 'x'.repeat(5_000_000) }), summary: ' ü 😀 \u0000' },
            row('b', {}),
          ],
        }),
      );
      expect(await listed()).toEqual([
        ['a', ' ü 😀 \u0000'],
        ['b', undefined],
        ['c', 'of c'],
      ]);
      expect(await listed(undefined, 1)).toEqual([['a', ' ü 😀 \u0000']]);
      expect(await listed('a', 1)).toEqual([['b', undefined]]);
      expect(await listed('c')).toEqual([]);
      // A state that is written without a summary has none any more.
      await store.transact(0, epoch, changes({ states: [row('c', {}), { ...row('b', {}), summary: '' }] }));
      expect(await listed('a')).toEqual([
        ['b', ''],
        ['c', undefined],
      ]);
      expect(await store.summaries(1, undefined, 10)).toEqual([]);
      await store.clear(0, epoch);
      expect(await listed()).toEqual([]);
      await store.transact(0, epoch, changes({ states: [row('a', {})] }));
      expect(await listed()).toEqual([['a', undefined]]);
    });

    it('keeps keys with special characters apart, and their content unchanged', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const states = ['a', '7', 'a b', 'a:b', 'sha256:f/0', 'ü', '{x}', '"', '10', '__proto__'].map((key) => ({
        key,
        state: JSON.stringify({ key, text: ' \u0000 \n ü 😀 \\ "' }),
        wakeAt: 7,
      }));
      await store.transact(
        0,
        epoch,
        changes({
          states,
          outbox: [{ ...emitted('ü 😀'), headers: { ce_id: 'é' } }],
          jobs: {
            put: states.map(({ key }) => ({
              ...job(key),
              key,
              payload: { key, empty: [], none: {}, long: 1_234_567_890_123_456 },
            })),
            remove: [],
          },
        }),
      );
      expect([
        ...(
          await store.read(
            0,
            states.map(({ key }) => key),
          )
        ).values(),
      ]).toEqual(states);
      expect(await store.scan(0, undefined, 100)).toEqual(states.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
      expect((await store.claim(0, 1)).outbox[0]).toMatchObject({ value: 'ü 😀', headers: { ce_id: 'é' } });
      expect(
        (
          await store.jobsOf(
            0,
            states.map(({ key }) => key),
          )
        ).map(({ key, id, payload }) => [key, id, payload]),
      ).toEqual(states.map(({ key }) => [key, key, { key, empty: [], none: {}, long: 1_234_567_890_123_456 }]));
    });

    it('accepts thousands of rows at once, and keeps their order', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const numbers = Array.from({ length: 12_000 }, (_, n) => String(n).padStart(6, '0'));
      const committed = await store.transact(
        0,
        epoch,
        changes({
          states: numbers.map((key) => row(key, {})),
          outbox: numbers.map(emitted),
          jobs: { put: numbers.map((id) => job(id)), remove: [] },
        }),
      );
      if (!committed.committed) throw new Error('not committed');
      expect(
        committed.positions.every((position, index) => index === 0 || position > at(committed.positions, index - 1)),
      ).toBe(true);
      expect((await store.claim(0, 1)).outbox.map(({ value }) => value)).toEqual(numbers);
      expect((await store.read(0, numbers)).size).toBe(12_000);
      expect(
        (
          await store.jobsOf(
            0,
            numbers.map((id) => `key of ${id}`),
          )
        ).length,
      ).toBe(12_000);
      expect((await store.jobCounts())['push/queued']).toBe(12_000);
    });

    it('finds the keys whose wake-up time has come', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      await store.transact(
        0,
        epoch,
        changes({ states: [row('late', {}, 300), row('soon', {}, 100), row('never', {})] }),
      );
      expect(await store.due(0, 50, 10)).toEqual({ keys: [], next: 100 });
      expect(await store.due(0, 100, 10)).toEqual({ keys: ['soon'], next: 300 });
      await store.transact(0, epoch, changes({ states: [row('soon', {}), row('late', {})] }));
      expect(await store.due(0, 1000, 10)).toEqual({ keys: [] });
    });

    it('returns the wake-up time of a state, or none', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      await store.transact(0, epoch, changes({ states: [row('late', {}, 300), row('never', {})] }));
      const wakes = (states: Iterable<StoredState>): unknown[] => [...states].map(({ key, wakeAt }) => [key, wakeAt]);
      expect(wakes(await store.scan(0, undefined, 10))).toEqual([
        ['late', 300],
        ['never', undefined],
      ]);
      expect(wakes((await store.read(0, ['late', 'never'])).values())).toEqual([
        ['late', 300],
        ['never', undefined],
      ]);
    });

    it('deletes outbox rows up to the given position', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const committed = await store.transact(0, epoch, changes({ outbox: [emitted('1'), emitted('2'), emitted('3')] }));
      if (!committed.committed) throw new Error('not committed');
      await store.trim(0, at(committed.positions, 1));
      expect((await store.claim(0, 1)).outbox.map(({ value }) => value)).toEqual(['3']);
      const {
        checkpoint: { epoch: next },
      } = await store.claim(0, 1);
      await store.transact(0, next, changes({ outbox: [emitted('4')], trim: at(committed.positions, 2) }));
      expect((await store.claim(0, 1)).outbox.map(({ value }) => value)).toEqual(['4']);
    });

    it('deletes outbox rows of one partition only, also in the middle of a transaction', async () => {
      const store = await fresh();
      const epochs = [(await store.claim(0, 1)).checkpoint.epoch, (await store.claim(1, 1)).checkpoint.epoch] as const;
      const positions: number[] = [];
      for (const [index, values] of [
        ['a1', 'a2'],
        ['b1', 'b2'],
        ['a3', 'a4', 'a5'],
        ['b3', 'b4'],
      ].entries()) {
        const committed = await store.transact(
          index % 2,
          at(epochs, index % 2),
          changes({ outbox: values.map(emitted) }),
        );
        if (!committed.committed) throw new Error('not committed');
        if (index === 2) positions.push(...committed.positions);
      }
      const left = async (): Promise<readonly string[][]> => {
        const claims = [await store.claim(0, 1), await store.claim(1, 1)];
        for (const { outbox } of claims)
          expect(outbox.map(({ position }) => position)).toEqual(
            outbox.map(({ position }) => position).toSorted((a, b) => a - b),
          );
        return claims.map(({ outbox }) => outbox.map(({ value }) => value));
      };
      await store.trim(0, at(positions, 0));
      expect(await left()).toEqual([
        ['a4', 'a5'],
        ['b1', 'b2', 'b3', 'b4'],
      ]);
      await store.trim(0, at(positions, 1));
      expect(await left()).toEqual([['a5'], ['b1', 'b2', 'b3', 'b4']]);
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      expect(await store.clear(0, epoch)).toBe(true);
      expect(await left()).toEqual([[], ['b1', 'b2', 'b3', 'b4']]);
    });

    it('assigns no outbox position twice, also after all rows were deleted', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      let last = 0;
      for (const value of ['1', '2', '3']) {
        const committed = await store.transact(0, epoch, changes({ outbox: [emitted(value)], trim: last }));
        if (!committed.committed) throw new Error('not committed');
        expect(at(committed.positions, 0)).toBeGreaterThan(last);
        last = at(committed.positions, 0);
        await store.trim(0, last);
      }
      expect((await store.claim(0, 1)).outbox).toEqual([]);
    });

    it('keeps parked events, and which keys they halt', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const parked = {
        topic: 't',
        partition: 0,
        offset: 4,
        key: 'k',
        code: 'invalid-event',
        message: 'no',
        parkedAt: '2026-01-01T00:00:00.000Z',
        headers: {},
        value: '{}',
      };
      await store.transact(0, epoch, changes({ park: [parked] }));
      expect(await store.parked()).toEqual([parked]);
      expect((await store.claim(0, 1)).parkedKeys).toEqual(['k']);
    });

    it('unparks and parks again single events', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      const parked = (offset: number, key: string, partition = 0) => ({
        topic: 't',
        partition,
        offset,
        key,
        code: 'invalid-event',
        message: 'no',
        parkedAt: '2026-01-01T00:00:00.000Z',
        headers: {},
        value: '{}',
      });
      await store.transact(0, epoch, changes({ park: [parked(11, 'k'), parked(9, 'k'), parked(10, 'l')] }));
      await store.transact(1, (await store.claim(1, 1)).checkpoint.epoch, changes({ park: [parked(9, 'other', 1)] }));
      const again = { ...parked(9, 'k'), code: 'handler-failed', order: 3 };
      await store.transact(0, epoch, changes({ unpark: [parked(10, 'l')], park: [again] }));
      expect(await store.parked()).toEqual([again, parked(11, 'k'), parked(9, 'other', 1)]);
      expect(await store.parked(0)).toEqual([again, parked(11, 'k')]);
      expect(await store.parked(1)).toEqual([parked(9, 'other', 1)]);
      expect((await store.claim(0, 1)).parkedKeys).toEqual(['k']);
      const {
        checkpoint: { epoch: next },
      } = await store.claim(0, 1);
      expect((await store.transact(0, epoch, changes({ unpark: [again] }))).committed).toBe(false);
      await store.transact(0, next, changes({ unpark: [again, parked(11, 'k')], park: [{ ...again, key: 'found' }] }));
      expect((await store.parked(0)).map(({ key }) => key)).toEqual(['found']);
    });

    it('clears a partition for its owner only, and keeps the epoch', async () => {
      const store = await fresh();
      const {
        checkpoint: { epoch },
      } = await store.claim(0, 1);
      await store.transact(
        0,
        epoch,
        changes({ states: [row('a', {})], checkpoint: { offsets: { t: 9 } }, jobs: { put: [job('j')], remove: [] } }),
      );
      expect(await store.clear(0, epoch - 1)).toBe(false);
      expect(await store.clear(0, epoch)).toBe(true);
      expect(await store.scan(0, undefined, 10)).toEqual([]);
      expect(await store.jobsOf(0, ['key of j'])).toEqual([]);
      expect(await store.jobCounts()).toEqual({});
      expect(await store.claimJob(claiming)).toBeUndefined();
      expect((await store.transact(0, epoch, changes({ states: [row('b', {})] }))).committed).toBe(true);
      expect((await store.claim(0, 0)).checkpoint).toMatchObject({ epoch: epoch + 1, offsets: {}, restored: false });
    });

    describe('jobs', () => {
      const withJobs = async (...jobs: ReturnType<typeof job>[]) => {
        const store = await fresh();
        const {
          checkpoint: { epoch },
        } = await store.claim(0, 1);
        await store.transact(0, epoch, changes({ jobs: { put: jobs, remove: [] } }));
        return { store, epoch };
      };

      /** The next job, once the lease or pause of the one before is over. */
      const next = async (store: Store, leaseMs = claiming.leaseMs): Promise<Job> => {
        for (;;) {
          const job = await store.claimJob({ ...claiming, leaseMs });
          if (job) return job;
          await pause(momentMs);
        }
      };

      it('are claimed lane by lane, the oldest first, up to the limit of a lane', async () => {
        const { store } = await withJobs(
          job('b1', 'backfill', 1),
          job('b2', 'backfill', 2),
          job('p2', 'push', 9),
          job('p1', 'push', 8),
        );
        const claimed = [];
        for (let next = await store.claimJob(claiming); next; next = await store.claimJob(claiming))
          claimed.push([next.id, next.attempt, next.state]);
        expect(claimed).toEqual([
          ['p1', 1, 'leased'],
          ['p2', 1, 'leased'],
          ['b1', 1, 'leased'],
        ]);
      });

      it('are claimed across partitions: the oldest of a lane first, and the limit counts them all', async () => {
        const store = await fresh();
        const owners = [await store.claim(0, 1), await store.claim(1, 1), await store.claim(2, 1)];
        const put = [
          [job('third', 'push', 3), job('b3', 'backfill', 3)],
          [job('first', 'push', 1), job('b1', 'backfill', 1)],
          [job('second', 'push', 2), job('b2', 'backfill', 2)],
        ];
        for (const [
          partition,
          {
            checkpoint: { epoch },
          },
        ] of owners.entries())
          await store.transact(partition, epoch, changes({ jobs: { put: at(put, partition), remove: [] } }));
        const claimed = [];
        for (let next = await store.claimJob(claiming); next; next = await store.claimJob(claiming))
          claimed.push([next.id, next.partition]);
        expect(claimed).toEqual([
          ['first', 1],
          ['second', 2],
          ['third', 0],
          ['b1', 1],
        ]);
        expect(await store.jobCounts()).toEqual({ 'push/leased': 3, 'backfill/leased': 1, 'backfill/queued': 2 });
      });

      it('may be claimed near a partition: each once, then from others, and none without lanes', async () => {
        const store = await fresh();
        for (const partition of [0, 1]) {
          const {
            checkpoint: { epoch },
          } = await store.claim(partition, 1);
          await store.transact(
            partition,
            epoch,
            changes({ jobs: { put: [job(`p${partition}`), job(`q${partition}`)], remove: [] } }),
          );
        }
        expect(await store.claimJob({ ...claiming, near: 1, lanes: [] })).toBeUndefined();
        const claimed = [];
        for (
          let next = await store.claimJob({ ...claiming, near: 1 });
          next;
          next = await store.claimJob({ ...claiming, near: 1 })
        )
          claimed.push(`${next.id} ${next.state}`);
        expect(claimed.toSorted()).toEqual(['p0 leased', 'p1 leased', 'q0 leased', 'q1 leased']);
      });

      it('are leased to one worker at a time, and count an attempt for an expired lease', async () => {
        const { store } = await withJobs(job('j'));
        const first = await claimedJob(store);
        expect(await store.claimJob(claiming)).toBeUndefined();
        expect(await store.renewJob(first, momentMs)).toBe(true);
        const second = await next(store);
        expect(second.attempt).toBe(2);
        expect(await store.claimJob(claiming)).toBeUndefined();
        expect(await store.renewJob(first, 9000)).toBe(false);
        expect(await store.finishJob(first, { result: { old: true } })).toBe(false);
        expect(await store.finishJob(second, { result: { good: true } })).toBe(true);
        expect((await store.jobsOf(0, ['key of j']))[0]).toMatchObject({
          state: 'finished',
          attempt: 2,
          result: { good: true },
        });
      });

      it('are handed back to be tried later', async () => {
        const { store } = await withJobs(job('j'));
        const first = await claimedJob(store);
        expect(await store.finishJob(first, { retryInMs: momentMs })).toBe(true);
        const second = await next(store);
        expect(second.attempt).toBe(2);
        expect(await store.finishJob(second, { retryInMs: 600_000 })).toBe(true);
        expect(await store.claimJob(claiming)).toBeUndefined();
      });

      it('are finished as failed when the last lease expires', async () => {
        const { store } = await withJobs(job('j'));
        for (const attempt of [1, 2, 3]) expect(await next(store, momentMs)).toMatchObject({ id: 'j', attempt });
        await expect
          .poll(async () => [await store.claimJob(claiming), (await store.jobsOf(0, ['key of j']))[0]])
          .toMatchObject([undefined, { state: 'finished', result: { failed: 'lease-expired' } }]);
      });

      it('that are withdrawn are lost to the worker that has them', async () => {
        const { store, epoch } = await withJobs(job('j'));
        const claimed = await claimedJob(store);
        await store.transact(0, epoch, changes({ jobs: { put: [], remove: [{ key: 'key of j', id: 'j' }] } }));
        expect(await store.renewJob(claimed, 9000)).toBe(false);
        expect(await store.finishJob(claimed, { result: {} })).toBe(false);
        // Put and claimed again, the job has another claim, even with the same attempt.
        await store.transact(0, epoch, changes({ jobs: { put: [job('j')], remove: [] } }));
        const again = await claimedJob(store);
        expect(again.attempt).toBe(claimed.attempt);
        expect(await store.renewJob(claimed, 9000)).toBe(false);
        expect(await store.finishJob(claimed, { result: { old: true } })).toBe(false);
        expect(await store.finishJob(again, { result: { good: true } })).toBe(true);
      });

      it('report since when the oldest of each lane waits or is worked on', async () => {
        const { store } = await withJobs(
          job('p2', 'push', 9),
          job('p1', 'push', 8),
          job('b', 'backfill', 5),
          job('c', 'backfill', 6),
        );
        expect(await store.oldestJobs(0)).toEqual({ push: 8, backfill: 5 });
        expect(await store.oldestJobs(1)).toEqual({});
        const [p1, p2, b] = [await claimedJob(store), await claimedJob(store), await claimedJob(store)];
        await store.finishJob(b, { retryInMs: 600_000 });
        expect(await store.oldestJobs(0)).toEqual({ push: 8, backfill: 5 });
        await store.finishJob(p1, { result: {} });
        expect(await store.oldestJobs(0)).toEqual({ push: 9, backfill: 5 });
        await store.finishJob(p2, { result: {} });
        expect(await store.oldestJobs(0)).toEqual({ backfill: 5 });
      });

      it('are found by their lane, in every state, up to a number', async () => {
        const store = await fresh();
        const {
          checkpoint: { epoch },
        } = await store.claim(0, 1);
        await store.claim(1, 1);
        const put = ['done', 'leased', 'troubled', 'queued', 'other'].map((id, index) =>
          job(id, id === 'other' ? 'push' : 'backfill', index),
        );
        await store.transact(0, epoch, changes({ jobs: { put, remove: [] } }));
        const only = { ...claiming, lanes: [{ lane: 'backfill', most: 3 }] };
        const claimed = [];
        for (let n = 0; n < 3; n += 1) claimed.push(present(await store.claimJob(only), 'job'));
        const [done, , troubled] = claimed;
        await store.finishJob(present(done, 'job'), { result: { large: 'result' } });
        await store.finishJob(present(troubled, 'job'), { retryInMs: 60_000, trouble: { code: 'away' } });
        const found = await store.jobsIn(0, 'backfill', 10);
        expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
          { key: 'key of done', id: 'done', state: 'finished' },
          { key: 'key of leased', id: 'leased', state: 'leased' },
          { key: 'key of queued', id: 'queued', state: 'queued' },
          { key: 'key of troubled', id: 'troubled', state: 'queued', trouble: { code: 'away' } },
        ]);
        expect(await store.jobsIn(0, 'backfill', 2)).toHaveLength(2);
        expect((await store.jobsIn(0, 'push', 10)).map(({ id }) => id)).toEqual(['other']);
        expect(await store.jobsIn(0, 'none', 10)).toEqual([]);
        expect(await store.jobsIn(1, 'backfill', 10)).toEqual([]);
      });

      it('of two keys may have the same id', async () => {
        const { store } = await withJobs(
          { ...job('j'), key: 'a', payload: { of: 'a' } },
          { ...job('j'), key: 'b', payload: { of: 'b' } },
        );
        const [first, second] = [await claimedJob(store), await claimedJob(store)];
        expect(Object.fromEntries([first, second].map(({ key, payload }) => [key, payload]))).toEqual({
          a: { of: 'a' },
          b: { of: 'b' },
        });
        await store.finishJob(first, { result: {} });
        expect(at(await store.jobsOf(0, [second.key]), 0).state).toBe('leased');
      });

      it('that were begun or finished are reported to the next owner', async () => {
        const { store } = await withJobs(job('waiting'), job('begun', 'backfill'));
        await store.claimJob({ ...claiming, lanes: [{ lane: 'backfill', most: 1 }] });
        expect((await store.claim(0, 0)).working).toEqual(['key of begun']);
      });

      it('are handed back without counting the attempt', async () => {
        const { store } = await withJobs(job('j'));
        const first = await claimedJob(store);
        await store.finishJob(first, { retryInMs: 0, uncounted: true });
        expect((await next(store)).attempt).toBe(1);
      });

      it('keep their trouble, also when handed back without one, and notify watchers', async () => {
        const { store, epoch } = await withJobs(job('j'));
        const notified: string[] = [];
        store.watchJobs(({ key, state }) => notified.push(`${key} ${state}`));
        expect(await store.claimJob(claiming)).not.toHaveProperty('trouble');
        const first = at(await store.jobsOf(0, ['key of j']), 0);
        await store.finishJob(first, {
          retryInMs: momentMs,
          uncounted: true,
          trouble: { code: 'unreachable', tries: 1 },
        });
        await expect.poll(() => notified.at(-1)).toBe('key of j troubled');
        const second = await next(store);
        expect(second).toMatchObject({ attempt: 1, trouble: { code: 'unreachable', tries: 1 } });
        await store.finishJob(second, { retryInMs: momentMs, uncounted: true });
        const third = await next(store);
        expect(third).toMatchObject({ attempt: 1, trouble: { tries: 1 } });
        await store.finishJob(third, { retryInMs: momentMs, trouble: { code: 'gone', tries: 2 } });
        expect((await store.jobsOf(0, ['key of j']))[0]).toMatchObject({
          state: 'queued',
          attempt: 1,
          trouble: { code: 'gone', tries: 2 },
        });
        await store.transact(0, epoch, changes({ jobs: { put: [], remove: [{ key: 'key of j', id: 'j' }] } }));
        await store.transact(0, epoch, changes({ jobs: { put: [job('j')], remove: [] } }));
        expect((await store.jobsOf(0, ['key of j']))[0]).not.toHaveProperty('trouble');
      });

      it('with a changed payload do not wait', async () => {
        const { store, epoch } = await withJobs(job('j', 'push'));
        await store.finishJob(await claimedJob(store), {
          retryInMs: 600_000,
          trouble: { code: 'unauthorized' },
        });
        await store.transact(
          0,
          epoch,
          changes({ jobs: { put: [{ ...job('j', 'push'), payload: { of: 'another address' } }], remove: [] } }),
        );
        expect(await store.claimJob(claiming)).toMatchObject({
          payload: { of: 'another address' },
          attempt: 2,
          trouble: { code: 'unauthorized' },
        });
      });

      it('change lane while they are queued, and not their attempt', async () => {
        const { store, epoch } = await withJobs(job('j', 'push'));
        await store.transact(0, epoch, changes({ jobs: { put: [job('j', 'backfill')], remove: [] } }));
        expect((await store.jobsOf(0, ['key of j']))[0]).toMatchObject({
          lane: 'backfill',
          state: 'queued',
          attempt: 0,
        });
        expect(await store.jobCounts()).toEqual({ 'backfill/queued': 1 });
        expect(await store.claimJob({ ...claiming, lanes: [{ lane: 'push', most: 1 }] })).toBeUndefined();
        expect((await claimedJob(store)).lane).toBe('backfill');
      });

      it('that wait for a retry keep waiting when they change lane', async () => {
        const { store, epoch } = await withJobs(job('j', 'push'));
        await store.finishJob(await claimedJob(store), { retryInMs: 600_000 });
        await store.transact(0, epoch, changes({ jobs: { put: [job('j', 'backfill')], remove: [] } }));
        expect(await store.claimJob(claiming)).toBeUndefined();
        expect((await store.jobsOf(0, ['key of j']))[0]).toMatchObject({
          lane: 'backfill',
          state: 'queued',
          attempt: 1,
        });
      });

      it('notify watchers when they are put, leased and finished', async () => {
        const store = await fresh();
        const notified: string[] = [];
        store.watchJobs(({ key, state }) => notified.push(`${key} ${state}`));
        const {
          checkpoint: { epoch },
        } = await store.claim(0, 1);
        await store.transact(0, epoch, changes({ jobs: { put: [job('j')], remove: [] } }));
        const claimed = await claimedJob(store);
        await store.finishJob(claimed, { result: {} });
        for (let waited = 0; notified.length < 3 && waited < 400; waited += 1) await pause(5);
        expect(notified).toEqual(['key of j queued', 'key of j leased', 'key of j finished']);
      });
    });
  });
};
