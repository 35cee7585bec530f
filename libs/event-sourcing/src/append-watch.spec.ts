import { describe, expect, it } from 'vitest';
import { EmbeddedLog, type NewRecord } from '@assay/messaging';
import { ManualClock } from '@assay/testing';
import { AppendWatch } from './append-watch.ts';
import type { RunningService } from './service.ts';

const record: NewRecord = { topic: 'image.pushed', partition: 0, key: 'k', headers: {}, value: '{}' };
const tooLarge: NewRecord = { ...record, value: 'x'.repeat(1_000_001) };

/** A watched log that takes nothing while `isFull`, and a service on it. */
const watched = (more: Partial<RunningService> = {}) => {
  const clock = new ManualClock();
  const log = new EmbeddedLog(':memory:');
  const state = { isFull: false };
  const append = log.append.bind(log);
  log.append = (records) => (state.isFull ? Promise.reject(new Error('disk is full')) : append(records));
  const watch = new AppendWatch(log, clock);
  const service = watch.readyWith({ name: 'billing', close: () => Promise.resolve(), ...more } as RunningService);
  const tried = (...records: NewRecord[]) => watch.log.append(records).catch((error: Error) => error.message);
  return { clock, state, log: watch.log, service, tried };
};

describe('a service whose appends are watched', () => {
  it('is not ready after a failed append, until one succeeds', async () => {
    const { state, service, tried } = watched();
    expect([await tried(record), await service.ready?.()]).toEqual([[0], undefined]);
    state.isFull = true;
    expect([await tried(record), await service.ready?.()]).toEqual([
      'disk is full',
      'the log takes no events: disk is full',
    ]);
    state.isFull = false;
    await tried();
    expect(await service.ready?.()).toBeDefined();
    await tried(record);
    expect(await service.ready?.()).toBeUndefined();
  });

  it('is ready again half a minute after the last failure, so that it is sent requests', async () => {
    const { clock, state, service, tried } = watched();
    state.isFull = true;
    await tried(record);
    clock.advance(20_000);
    await tried(record);
    clock.advance(29_999);
    expect(await service.ready?.()).toBeDefined();
    clock.advance(1);
    expect(await service.ready?.()).toBeUndefined();
  });

  it('is ready after a record that no log takes', async () => {
    const { service, tried } = watched();
    expect(await tried(tooLarge)).toMatch('bytes');
    expect(await service.ready?.()).toBeUndefined();
  });

  it('has its own reasons and notes as well', async () => {
    const { service } = watched({ ready: async () => 'busy', notes: () => ['a note'] });
    expect([await service.ready?.(), service.notes?.()]).toEqual(['busy', ['a note']]);
  });

  it('stays ready with a note, if it answers without appending', async () => {
    const { state, service, tried } = watched({ answersWithoutAppending: true, notes: () => ['a note'] });
    expect(service.notes?.()).toEqual(['a note']);
    state.isFull = true;
    await tried(record);
    expect([await service.ready?.(), service.notes?.()]).toEqual([
      undefined,
      ['a note', 'the log takes no events: disk is full. Reads are answered, writes are not'],
    ]);
  });
});

it('a watched log is the log', async () => {
  const { log, tried } = watched();
  await tried(record);
  expect([log.partitions, await log.end('image.pushed', 0), 'topicIds' in log]).toEqual([12, 1, false]);
});
