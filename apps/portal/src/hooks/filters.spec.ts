import { describe, expect, it } from 'vitest';
import { dayOf, flag, hidingIn, oneOf, queryOf, searchWith, someOf, text, valuesIn, viewed } from './filters.ts';

const schema = {
  status: someOf(['unhealthy', 'healthy']),
  severity: oneOf(['critical', 'high']),
  fixable: flag(),
  q: text(),
  from: dayOf(),
  sort: viewed(oneOf(['since', '-since'], '-since')),
};

const fallbacks = {
  status: [] as readonly 'healthy'[],
  severity: '',
  fixable: false,
  q: '',
  from: '',
  sort: '-since',
} as const;

describe('the state of a list', () => {
  it('is in the address: reading what was written gives the same', () => {
    const values = {
      status: ['healthy'],
      severity: 'high',
      fixable: true,
      q: 'team/a b&c=ü',
      from: '2026-11-25',
      sort: 'since',
    } as const;
    const search = searchWith(schema, '', values);
    expect(valuesIn(schema, search)).toEqual(values);
    expect(searchWith(schema, search, {})).toBe(search);
  });

  it('names no value that an address without it has', () => {
    expect(valuesIn(schema, '')).toEqual(fallbacks);
    expect(searchWith(schema, '', fallbacks)).toBe('');
    expect(queryOf(schema, valuesIn(schema, ''))).toEqual({});
  });

  it('drops what means nothing', () => {
    expect(
      valuesIn(schema, 'status=green,healthy&severity=worst&fixable=yes&from=2026-13-45&sort=price&other=1'),
    ).toEqual({ ...fallbacks, status: ['healthy'] });
  });

  it('leaves the other parts of the address as they are', () => {
    expect(searchWith(schema, 'subscription=s1&q=a', { q: 'b' })).toBe('subscription=s1&q=b');
    expect(searchWith(schema, 'subscription=s1&q=a', { q: '' })).toBe('subscription=s1');
  });

  it('hides rows by filters, not by an order', () => {
    expect(hidingIn(schema, valuesIn(schema, 'fixable=true&sort=since&q=x'))).toEqual([
      { name: 'fixable', value: 'true' },
      { name: 'q', value: 'x' },
    ]);
  });
});
