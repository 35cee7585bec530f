import { describe, expect, it } from 'vitest';
import { searchWith, valuesIn } from '../../hooks/filters.ts';
import { imageFilters, leftOut, unknownOnly } from './filters.ts';

describe('images without a result', () => {
  it.each(['severity=high', 'fixable=true', 'vulnerability=CVE-2024-45490', 'fix=expat%402.6.3', 'package=expat'])(
    'are named beside a list that is filtered by %s',
    (search) => {
      expect(leftOut(valuesIn(imageFilters, search), 7)).toBe(7);
      expect(leftOut(valuesIn(imageFilters, search), 0)).toBeUndefined();
      expect(leftOut(valuesIn(imageFilters, search), undefined)).toBeUndefined();
    },
  );

  it('are among the others of a list without such a filter', () => {
    expect(leftOut(valuesIn(imageFilters, 'repository=team/*&q=web&status=unhealthy'), 7)).toBeUndefined();
  });

  it('are listed by their place and text alone', () => {
    const search =
      'severity=high&fixable=true&vulnerability=CVE-1&fix=a%40b&package=a&repository=team/*&q=web&subscription=s1';
    const next = new URLSearchParams(searchWith(imageFilters, search, unknownOnly));
    expect(Object.fromEntries(next)).toEqual({
      status: 'undetermined,queued,scanning',
      repository: 'team/*',
      q: 'web',
      subscription: 's1',
    });
  });
});
