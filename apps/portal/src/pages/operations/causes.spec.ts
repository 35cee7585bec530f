import { describe, expect, it } from 'vitest';
import { causesOf, type ListedEvent } from './causes.ts';

const event = (offset: number, over: Partial<ListedEvent> = {}): ListedEvent => ({
  target: `classifier/scan.completed/3/${offset}`,
  service: 'classifier',
  topic: 'scan.completed',
  since: `2026-11-25T09:00:${String(offset).padStart(2, '0')}.000Z`,
  code: 'invalid-event',
  message: `sha256:${'ab'.repeat(32)} has no packages at ${offset}`,
  ...over,
});

describe('causes of parked events', () => {
  it('brings events together whose messages differ only by a digest or a number', () => {
    const [cause, ...others] = causesOf([event(7), event(3)]);
    expect(others).toEqual([]);
    expect(cause?.events.map(({ target }) => target)).toEqual([
      'classifier/scan.completed/3/3',
      'classifier/scan.completed/3/7',
    ]);
    expect(cause?.since).toBe('2026-11-25T09:00:03.000Z');
  });

  it('keeps other codes and other messages apart', () => {
    expect(causesOf([event(1), event(2, { code: 'unreadable-event' }), event(3, { message: 'no rule' })])).toHaveLength(
      3,
    );
  });

  it('puts the largest cause first, and events that only wait last', () => {
    const waits = { waitsFor: 'classifier/scan.completed/3/1' };
    const causes = causesOf([
      event(2, waits),
      event(3, waits),
      event(4, waits),
      event(1, { message: 'alone' }),
      event(8),
      event(9),
    ]);
    expect(causes.map(({ events, isWaiting }) => [events.length, isWaiting])).toEqual([
      [2, false],
      [1, false],
      [3, true],
    ]);
  });

  it('has none without events', () => {
    expect(causesOf([])).toEqual([]);
  });
});
