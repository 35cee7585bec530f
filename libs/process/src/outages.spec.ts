import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { patienceMs } from '@assay/testing';
import type { Logger } from './logger.ts';
import { Outages } from './outages.ts';

const away = (server: 'kafka' | 'redis'): Error =>
  Object.assign(new Error('closed'), { code: `${server}-unreachable` });

const watched = (quietMs = 60) => {
  const lines: string[] = [];
  const others: string[] = [];
  const answers = { Kafka: false, Redis: false };
  const log = (_: object, line: string): void => {
    lines.push(line);
  };
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const outages = new Outages({
    logger: { warn: log, info: log } as unknown as Logger,
    signal: ended.signal,
    everyMs: 5,
    quietMs,
    probe: (server) => (answers[server] ? Promise.resolve() : Promise.reject(new Error('away'))),
  });
  return {
    lines,
    others,
    answers,
    failed: outages.failedOr((_, context) => {
      others.push(context);
    }),
  };
};

it('logs an outage once, regardless of who notices it, and its end', async () => {
  const { lines, answers, failed } = watched();
  for (let partition = 0; partition < 12; partition += 1) failed('billing', `partition ${partition}`, away('redis'));
  failed('billing', 'the log', away('kafka'));
  expect(lines).toEqual(['Redis does not answer (partition 0)', 'Kafka does not answer (the log)']);
  answers.Redis = true;
  await expect.poll(() => lines.slice(2)).toEqual(['Redis answers again']);
  failed('billing', 'partition 3', away('redis'));
  expect(lines.at(-1)).toBe('Redis does not answer (partition 3)');
});

it('does not end while any caller still fails', async () => {
  const { lines, answers, failed } = watched(patienceMs);
  answers.Kafka = true;
  for (let time = 0; time < 10; time += 1) {
    failed('billing', 'the log', away('kafka'));
    await pause(15);
  }
  expect(lines).toEqual(['Kafka does not answer (the log)']);
});

it('passes all other failures on', () => {
  const { lines, others, failed } = watched();
  failed('billing', 'partition 1', Object.assign(new Error('OOM'), { code: 'redis-full' }));
  failed('billing', 'partition 2', 'text');
  failed('billing', 'partition 3', undefined);
  expect([lines, others]).toEqual([[], ['partition 1', 'partition 2', 'partition 3']]);
});
