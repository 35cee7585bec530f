import { describe, expect, it } from 'vitest';
import { chargesIn, secondsText, withEveryDay } from './plots.tsx';

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

  it('have the charges of each currency on every day, and none where they may not be read', () => {
    const [usd, eur] = [
      { currency: 'USD', amount: '0.58', charges: 2 },
      { currency: 'EUR', amount: '-1.10', charges: 1 },
    ];
    expect(
      chargesIn([
        { day: '2026-11-01', charges: [usd] },
        { day: '2026-11-02', charges: [] },
        { day: '2026-11-03', charges: [usd, eur] },
      ]).map(({ currency, of }) => [currency, ...of.map(({ amount }) => amount)]),
    ).toEqual([
      ['EUR', 0, 0, -1.1],
      ['USD', 0.58, 0, 0.58],
    ]);
    expect(chargesIn([{ day: '2026-11-01' }, { day: '2026-11-02' }])).toEqual([]);
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
