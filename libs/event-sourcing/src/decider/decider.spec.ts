import { describe, expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { defineDecider } from './decider.ts';

const event = (topic: AnyEvent['topic']): AnyEvent => ({
  topic,
  id: 'one',
  source: '/assay/test',
  subject: 'sha256:aa',
  time: '2026-11-28T10:00:00.000Z',
  data: {},
});

const counting = defineDecider<'billing', number, number, number>({
  app: 'billing',
  stateVersion: 1,
  empty: () => ({ received: 0, emitted: 0 }),
  evolveReceived: (count) => count + 1,
  evolveEmitted: (count) => count + 1,
  decide: () => ({ events: [] }),
  noConfig: 0,
  evolveConfig: (count, _, offset) => count + offset,
});

describe('a defined decider', () => {
  it('folds what the flow sends to its service', () => {
    expect(counting.evolveReceived(0, event('finding.classified'))).toBe(1);
    expect(counting.evolveEmitted(0, event('usage.charged'))).toBe(1);
    expect(counting.evolveConfig(1, event('period.changed'), 41)).toBe(42);
  });

  it.each([
    ['evolveReceived', 'usage.charged'],
    ['evolveReceived', 'operator.acted'],
    ['evolveEmitted', 'finding.classified'],
    ['evolveEmitted', 'period.changed'],
    ['evolveConfig', 'plan.changed'],
  ] as const)('%s throws for %s instead of passing it over', (fold, topic) => {
    expect(() => counting[fold](0, event(topic), 0)).toThrow(`the flow sends no ${topic} to this fold of billing`);
  });
});
