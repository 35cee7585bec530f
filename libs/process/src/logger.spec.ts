import { silent, type SettledPush } from '@assay/event-sourcing';
import { expect, it } from 'vitest';
import { loggerOf, loggingObserver, type Logger } from './logger.ts';

it('logs parked events and restored stores, and counts them', () => {
  const lines: unknown[] = [];
  const counted: unknown[] = [];
  const take = (about: object, line: string): void => {
    lines.push([about, line]);
  };
  const logger = { warn: take, info: take } as unknown as Logger;
  const observer = loggingObserver(
    {
      ...silent,
      parked: (...event) => {
        counted.push(event);
      },
      skipped: ({ offset }) => {
        counted.push(offset);
      },
      restoring: (partition) => {
        counted.push(partition);
      },
    },
    logger,
  );
  observer.parked('image.pushed', 'invalid-event');
  for (const offset of [17, 18]) observer.skipped({ topic: 'image.pushed', partition: 3, offset }, 'assay.garbled');
  observer.restoring(7, 'behind');
  observer.restoring(8, 'other-program');
  observer.waiting({
    topic: 'image.pushed',
    partition: 3,
    offset: 17,
    code: 'newer-version',
    message: 'version 2 is newer',
    remedy: 'upgrade this service',
  });
  observer.accessed('billing', 'ana (issuer)', 'export of 3 charges');
  expect(lines).toEqual([
    [
      { topic: 'image.pushed', code: 'invalid-event' },
      'an event is parked: `assay parked` shows it, and the events behind it',
    ],
    [
      { topic: 'image.pushed', partition: 3, offset: 17, type: 'assay.garbled' },
      'a record is skipped, because its type does not belong to the topic (logged once for each ' +
        'type, counted by `assay.events.skipped`)',
    ],
    [
      { partition: 7 },
      'the store lacks events of the log: it was emptied, rolled back or switched, and is restored from the log',
    ],
    [{ partition: 8 }, 'the store was written by another version of the service, and is restored from the log'],
    [
      { topic: 'image.pushed', partition: 3, offset: 17, code: 'newer-version', remedy: 'upgrade this service' },
      'a partition waits: version 2 is newer',
    ],
    [{ app: 'billing', who: 'ana (issuer)', what: 'export of 3 charges' }, 'access'],
  ]);
  expect(counted).toEqual([['image.pushed', 'invalid-event'], 17, 18, 7, 8]);
});

it('logs the end of each push once, with its trace', () => {
  const lines: unknown[] = [];
  const settled: unknown[] = [];
  const take = (...line: unknown[]): void => void lines.push(line);
  const logger = { info: take, warn: take } as unknown as Logger;
  const push: SettledPush = {
    digest: 'sha256:1',
    loginServer: 'team.example',
    repository: 'web',
    lane: 'push',
    outcome: 'undetermined',
    reason: 'failed/timeout',
    inTime: true,
    seconds: 12.3456,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const late = { ...push, outcome: 'overdue', reason: 'overdue', inTime: false, seconds: 900 } as const;
  const observer = loggingObserver({ ...silent, settled: (each) => settled.push(each) }, logger);
  for (const each of [push, late]) observer.settled(each);
  expect(lines).toEqual([
    [
      {
        digest: 'sha256:1',
        repository: 'team.example/web',
        lane: 'push',
        status: 'undetermined',
        reason: 'failed/timeout',
        inTime: true,
        seconds: 12.346,
        traceId: '0af7651916cd43dd8448eb211c80319c',
      },
      'a push is assessed',
    ],
    [
      expect.objectContaining({ status: 'overdue', inTime: false, seconds: 900 }),
      'a push is overdue: `assay timeline` shows its steps',
    ],
  ]);
  expect(settled).toEqual([push, late]);
});

it.each([
  [{}, 'info'],
  [{ ASSAY_DEBUG: '1' }, 'debug'],
  [{ ASSAY_LOG_LEVEL: 'warn', ASSAY_DEBUG: '1' }, 'warn'],
  [{ ASSAY_LOG_LEVEL: 'loud' }, 'info'],
])('takes its level from the settings %o', (env, level) => {
  expect(loggerOf('billing', env).level).toBe(level);
});
