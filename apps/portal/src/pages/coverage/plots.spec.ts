import { describe, expect, it } from 'vitest';
import { secondsText, withEveryDay } from './plots.tsx';

describe('plots of the past', () => {
  it('have every day between the first and the last', () => {
    expect(
      withEveryDay([
        { day: '2026-11-02', p: 1 },
        { day: '2026-10-31', p: 2 },
      ]),
    ).toEqual([{ day: '2026-10-31', p: 2 }, { day: '2026-11-01' }, { day: '2026-11-02', p: 1 }]);
    expect(withEveryDay([])).toEqual([]);
  });

  it.each([
    [0.4, '0 s'],
    [52, '52 s'],
    [900, '15 min'],
    [190, '3:10 min'],
    [7200, '2 h'],
    [604_800, '7 d'],
  ])('write %d seconds as %s', (seconds, text) => {
    expect(secondsText(seconds)).toBe(text);
  });
});
