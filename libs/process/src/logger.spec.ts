import { silent } from '@assay/event-sourcing';
import { expect, it } from 'vitest';
import { telling, type Logger } from './logger.ts';

it('tells in the log of parked events and of stores that are filled, and lets them be counted', () => {
  const lines: unknown[] = [];
  const counted: unknown[] = [];
  const logger = { warn: (about: object, line: string) => { lines.push([about, line]); } } as unknown as Logger;
  const told = telling({ ...silent, parked: (...event) => { counted.push(event); }, filling: (partition) => { counted.push(partition); } }, logger);
  told.parked('image.pushed', 'invalid-event');
  told.filling(7);
  expect(lines).toEqual([
    [{ topic: 'image.pushed', code: 'invalid-event' }, 'an event is parked: `assay parked` shows it, and what waits for it'],
    [{ partition: 7 }, 'the store lacks what the log says: it was emptied, rolled back or switched, and is filled from the log'],
  ]);
  expect(counted).toEqual([['image.pushed', 'invalid-event'], 7]);
});
