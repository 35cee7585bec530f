import { EmbeddedLog, type EventLog, type FollowOptions } from '@assay/messaging';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigFollower } from './config.ts';
import { append, priced, toy } from '../../test/toy.ts';

it('reports unreadable config as skipped, and reads on after it', async () => {
  const log = new EmbeddedLog(':memory:', 3);
  const [good] = await append(log, priced('2'));
  await log.append([
    {
      topic: 'operator.acted',
      partition: 0,
      key: 'k',
      headers: { ce_type: 'assay.operator.acted.v1', ce_id: 'bad', 'content-type': 'application/json' },
      value: 'not JSON',
    },
  ]);
  await append(log, priced('3'));
  const failures: string[] = [];
  const config = new ConfigFollower(toy, ['operator.acted'], {
    observer: {
      failed: (_, activity, error) => {
        failures.push(`${activity}: ${(error as Error).message}`);
      },
    },
  });
  onTestFinished(async () => {
    await config.close();
    await log.close();
  });
  await config.start(log);
  expect(config.value).toEqual({ price: '3' });
  expect(await Promise.all([config.reached('operator.acted', 3), config.reached('plan.changed', 9)])).toEqual([
    true,
    true,
  ]);
  expect(failures).toEqual([
    expect.stringMatching(`^operator\\.acted at ${good! + 1} is left out: unreadable-event: `),
  ]);
});

it('reads another log from scratch, and keeps the known config until then', async () => {
  const [before, after] = [new EmbeddedLog(':memory:', 3), new EmbeddedLog(':memory:', 3)];
  await append(before, priced('2'), priced('3'));
  await append(after, priced('2'), priced('4'), priced('5'));
  let log = before;
  const followed: FollowOptions[] = [];
  const switching = {
    follow: (topics, options) => {
      followed.push(options);
      return log.follow(topics, options);
    },
    read: (...of) => log.read(...of),
    end: (...of) => log.end(...of),
  } satisfies Pick<EventLog, 'follow' | 'read' | 'end'> as never;
  const failures: string[] = [];
  const config = new ConfigFollower(toy, ['operator.acted'], {
    observer: {
      failed: (_, activity, error) => {
        failures.push(`${activity}: ${(error as { code?: string }).code}`);
      },
    },
  });
  onTestFinished(async () => {
    await config.close();
    await before.close();
    await after.close();
  });
  await config.start(switching);
  const [mark, seen] = [config.marks['operator.acted']!, [] as string[]];
  config.renewed = () => {
    seen.push(`renewed ${config.value.price}`);
  };
  config.watch(() => seen.push(config.value.price));
  const resumed = {
    topic: 'operator.acted',
    partition: 0,
    records: [],
    fetchedOffset: 2,
    nextOffset: 2,
    resumed: true,
  };
  await followed[0]!.onBatch(resumed);
  expect([config.value.price, followed.length, failures]).toEqual(['3', 1, []]);
  log = after;
  await followed[0]!.onBatch(resumed);
  expect(config.value.price).toBe('3');
  await config.caughtUp();
  expect([config.value.price, followed.length, failures, seen]).toEqual([
    '5',
    2,
    ['operator.acted: log-changed'],
    ['renewed 5', '5'],
  ]);
  expect([
    config.hasRead('operator.acted', mark),
    config.hasRead('operator.acted', config.marks['operator.acted']!),
  ]).toEqual([false, true]);
});
