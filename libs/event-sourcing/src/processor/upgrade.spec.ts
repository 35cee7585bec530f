import { describe, expect, it, onTestFinished } from 'vitest';
import { definitionOf, fenceType, typeOf, type AnyEvent, type Topic } from '@assay/events';
import { StoreIncomplete, Rebuilding, silent, whenComplete, type Observer, type Store } from '@assay/event-sourcing';
import { recordOf, Waits, type EventLog, type Wait } from '@assay/messaging';
import { eventually, knowNextVersion } from '@assay/testing';
import {
  append,
  chargesIn,
  classified,
  contents,
  digestOf,
  emptyLog,
  emptyStore,
  partitionOfDigest,
  ports,
  priced,
  running,
  toy,
} from '../../test/toy.ts';

const upgraded = (topic: Topic): (() => void) => {
  const back = knowNextVersion(topic);
  onTestFinished(back);
  return back;
};

const nextOf = (topic: Topic): number => definitionOf(topic)!.version + 1;

/** Appends events as a newer program would. */
const appendNewer = (log: EventLog, ...events: AnyEvent[]) =>
  log.append(
    events.map((event) => {
      const record = recordOf(event, log.partitions);
      return { ...record, headers: { ...record.headers, ce_type: typeOf(event.topic, nextOf(event.topic)) } };
    }),
  );

const noting = () => {
  const [waits, filled, failures]: [Wait[], string[], string[]] = [[], [], []];
  const observer: Observer = {
    ...silent,
    waiting: (wait) => {
      waits.push(wait);
    },
    restoring: (partition, lack) => {
      filled.push(`${partition} ${lack}`);
    },
    failed: (_, activity, error) => {
      failures.push(`${activity}: ${String(error)}`);
    },
  };
  return { waits, filled, failures, observer };
};

const started = async (log: EventLog, store: Store, more: { observer?: Observer; stateVersion?: number } = {}) => {
  const service = await running(log, store, { observer: more.observer }, undefined, undefined, more.stateVersion);
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) {
      stopped = true;
      await service.stop();
    }
  };
  onTestFinished(stop);
  return { ...service, stop };
};

const charged = async (log: EventLog): Promise<number[]> =>
  (await chargesIn(log)).map(({ digest }) => Number.parseInt(digest.slice(7), 16)).toSorted((a, b) => a - b);

const fencesIn = async (log: EventLog): Promise<number> => {
  let fences = 0;
  for (let partition = 0; partition < log.partitions; partition += 1)
    for await (const { records } of log.read('usage.charged', partition, 0, await log.end('usage.charged', partition)))
      fences += records.filter(({ headers }) => headers.ce_type === fenceType).length;
  return fences;
};

/** Digests of the same partition as `digestOf(1)`, and of another one. */
const numbers = Array.from({ length: 60 }, (_, n) => n + 1);
const beside = numbers.filter((n) => partitionOfDigest(digestOf(n)) === partitionOfDigest(digestOf(1)));
const elsewhere = numbers.filter((n) => partitionOfDigest(digestOf(n)) !== partitionOfDigest(digestOf(1)));

describe('a service that receives a newer version of an event', () => {
  it('reports a wait for that partition only, parks nothing, and goes on after its upgrade', async () => {
    const [log, store, { waits, observer }] = [emptyLog(), emptyStore(), noting()];
    const old = await started(log, store, { observer });
    await append(log, classified(beside[0]!));
    await appendNewer(log, classified(beside[1]!));
    await append(log, classified(beside[2]!), classified(elsewhere[0]!));
    await eventually(async () => (await charged(log)).length === 2 && waits.length === 1);
    await append(log, classified(beside[3]!), classified(elsewhere[1]!));
    await eventually(async () => (await charged(log)).length === 3);
    expect(await charged(log)).toEqual([beside[0]!, elsewhere[0]!, elsewhere[1]!].toSorted((a, b) => a - b));
    const wait = {
      topic: 'finding.classified',
      partition: partitionOfDigest(digestOf(1)),
      offset: 1,
      code: 'newer-version',
      message: 'version 2 of finding.classified is newer than what this program knows, 1',
      remedy: 'upgrade this service',
    };
    expect([waits, old.host.waits]).toEqual([[wait], [wait]]);
    expect(await old.host.lag()).toBe(3);
    await old.stop();
    // The same program waits again after a restart, and the upgraded program does not.
    const again = await started(log, store);
    await eventually(() => again.host.waits.length === 1);
    await again.stop();
    upgraded('finding.classified');
    const after = await started(log, store);
    await eventually(async () => (await charged(log)).length === 6);
    expect(new Set(await charged(log)).size).toBe(6);
    expect(after.host.waits).toEqual([]);
    expect(await store.parked()).toEqual([]);
    expect(await log.end('operator.acted', 0)).toBe(0);
  });

  it('waits in the restore of an emptied store, too', async () => {
    const log = emptyLog();
    await append(log, classified(beside[0]!));
    await appendNewer(log, classified(beside[1]!));
    await append(log, classified(beside[2]!));
    const old = await started(log, emptyStore());
    await eventually(async () => (await charged(log)).length === 1 && old.host.waits.length === 1);
    upgraded('finding.classified');
    await old.stop();
    await started(log, emptyStore());
    await eventually(async () => (await charged(log)).length === 3);
  });

  it('does not wait for a repeat', async () => {
    const log = emptyLog();
    await append(log, classified(1, {}, '7.1'));
    await appendNewer(log, classified(1, {}, '6.9'));
    await append(log, classified(beside[1]!, {}, '7.2'));
    const old = await started(log, emptyStore());
    await eventually(async () => (await charged(log)).length === 2);
    expect(old.host.waits).toEqual([]);
  });

  it('decides nothing while its config is incomplete, and everything after its upgrade', async () => {
    const [log, store, { waits, observer }] = [emptyLog(), emptyStore(), noting()];
    const old = await started(log, store, { observer });
    await append(log, classified(1));
    await eventually(async () => (await charged(log)).length === 1);
    await appendNewer(log, priced('2'));
    await eventually(() => waits.length === 1);
    await eventually(async () => {
      await append(log, classified(2));
      return old.host.waits.length === 1;
    });
    const before = await charged(log);
    await append(log, classified(3), classified(4));
    await old.stop();
    expect((await charged(log)).filter((n) => n > 2)).toEqual([]);
    // A new process starts, and opens no partition.
    const again = await started(log, store);
    expect(again.host.waits).toMatchObject([{ topic: 'operator.acted', offset: 0, code: 'newer-version' }]);
    expect(await again.host.lag()).toBeGreaterThanOrEqual(4);
    await again.stop();
    expect(await charged(log)).toEqual(before);
    await expect(new Rebuilding(toy, ports(log, emptyStore())).open()).rejects.toThrow(Waits);
    upgraded('operator.acted');
    await started(log, store);
    await eventually(
      async () =>
        new Set((await chargesIn(log)).filter(({ amount }) => amount === '2').map(({ digest }) => digest)).size === 4,
    );
  });

  it('emitted by itself leaves the partition to the newer program, and emits nothing twice', async () => {
    const log = emptyLog();
    const back = upgraded('usage.charged');
    const newer = await started(log, emptyStore());
    await append(log, classified(1), classified(2));
    await eventually(async () => (await charged(log)).length === 2);
    await newer.stop();
    back();
    const { waits, failures, observer } = noting();
    const fences = await fencesIn(log);
    const rolledBack = await started(log, emptyStore(), { observer });
    await eventually(() => rolledBack.host.waits.length > 0);
    const { length: waiting } = rolledBack.host.waits;
    expect(rolledBack.host.waits[0]).toMatchObject({
      topic: 'usage.charged',
      code: 'newer-version',
      message: 'version 2 of usage.charged is newer than what this program knows, 1, and billing published it',
    });
    await rolledBack.stop();
    expect([await charged(log), failures]).toEqual([[1, 2], []]);
    expect(new Set(waits.map(({ partition }) => partition)).size).toBe(waits.length);
    // The processor tries to open such a partition again and again, and leaves nothing in the log.
    expect(await fencesIn(log)).toBe(fences + log.partitions - waiting);
    upgraded('usage.charged');
    await started(log, emptyStore());
    await append(log, classified(3));
    await eventually(async () => (await charged(log)).length === 3);
    expect(await charged(log)).toEqual([1, 2, 3]);
  });

  it('emitted by itself before a rollback does not emit it again after its store was lost', async () => {
    const [log, store, { waits, observer }] = [emptyLog(), emptyStore(), noting()];
    const back = upgraded('usage.charged');
    const newer = await started(log, store);
    await append(log, classified(beside[0]!));
    await eventually(async () => (await charged(log)).length === 1);
    await newer.stop();
    back();
    const rolledBack = await started(log, store);
    await append(log, classified(beside[1]!));
    await eventually(async () => (await charged(log)).length === 2);
    await rolledBack.stop();
    const { stop } = await started(log, emptyStore(), { observer });
    await eventually(() => waits.length > 0);
    await stop();
    expect(waits).toMatchObject([{ topic: 'usage.charged', code: 'newer-version' }]);
    expect(await charged(log)).toEqual([beside[0]!, beside[1]!].toSorted((a, b) => a - b));
  });
});

describe('a state of another version of the program', () => {
  it.each([
    ['an upgrade', 1, 2],
    ['a roll back', 2, 1],
  ])('is restored from the log by itself: %s', async (_, before, after) => {
    const [log, store, { filled, observer }] = [emptyLog(), emptyStore(), noting()];
    const first = await started(log, store, { stateVersion: before });
    await append(log, classified(1), classified(2));
    await eventually(async () => (await charged(log)).length === 2);
    await first.stop();
    const whole = await contents(store, 3);
    // The states of the other program: the same keys, in a form that this program cannot read.
    for (let partition = 0; partition < 3; partition += 1) {
      const {
        checkpoint: { epoch },
      } = await store.claim(partition, 0);
      await store.transact(partition, epoch, {
        checkpoint: {},
        states: (await store.scan(partition, undefined, 10)).map((state) => ({
          ...state,
          state: '{"of":"another version"}',
        })),
        outbox: [],
        jobs: { put: [], remove: [] },
        park: [],
      });
    }
    const second = await started(log, store, { stateVersion: after, observer });
    expect(await contents(store, 3)).toEqual(whole);
    expect(new Set(filled.map((line) => line.slice(2)))).toEqual(new Set(['other-program']));
    await append(log, classified(3));
    await eventually(async () => (await charged(log)).includes(3));
    expect(await charged(log)).toEqual([1, 2, 3]);
    await second.stop();
    const { filled: none, observer: idle } = noting();
    await started(log, store, { stateVersion: after, observer: idle });
    expect(none).toEqual([]);
  });

  it('is left alone by an older program while a newer program is active', async () => {
    const [log, store, { waits, filled, observer }] = [emptyLog(), emptyStore(), noting()];
    const newer = await started(log, store, { stateVersion: 2 });
    await append(log, classified(1), classified(2));
    await eventually(async () => (await charged(log)).length === 2);
    await newer.stop();
    const [states, fences] = [await contents(store, 3), await fencesIn(log)];
    let isAtWork = true;
    const shared: Store = new Proxy(store, {
      get: (_, name) =>
        name === 'announce'
          ? async (own: number) => (isAtWork ? 2 : own)
          : ((value: unknown) => (typeof value === 'function' ? value.bind(store) : value))((store as never)[name]),
    });
    const old = await started(log, shared, { stateVersion: 1, observer });
    await append(log, classified(3));
    await eventually(() => old.host.waits.length === 3);
    expect(old.host.waits[0]).toMatchObject({
      code: 'newer-state',
      remedy: 'upgrade this process, or end the newer ones',
    });
    expect([await contents(store, 3), await fencesIn(log), filled, waits.length]).toEqual([states, fences, [], 3]);
    // Once no newer program is left, the service counts as rolled back.
    isAtWork = false;
    await eventually(async () => (await charged(log)).length === 3);
    expect(await charged(log)).toEqual([1, 2, 3]);
    await eventually(() => filled.length > 0);
    await eventually(() => old.host.waits.length === 0);
  });

  it('is refused to readers of this version', async () => {
    const [log, store] = [emptyLog(), emptyStore()];
    const first = await started(log, store, { stateVersion: 1 });
    await first.stop();
    const read = (stateVersion: number) =>
      whenComplete({ app: 'billing', stateVersion, store, log }, 0, async () => 'all of it');
    expect(await read(1)).toBe('all of it');
    await expect(read(2)).rejects.toThrow(StoreIncomplete);
    await expect(read(2)).rejects.toThrow('partition 0 of 0 to 2 has states of version 1, and this process reads 2');
  });
});
