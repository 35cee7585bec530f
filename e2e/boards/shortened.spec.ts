import { expect, it } from 'vitest';
import { shortenedExpression, shortenedRules } from './shortened.ts';

it.each([
  ['max(assay_jobs_age_seconds{lane="push"}) > 600', 'max(assay_jobs_age_seconds{lane="push"}) > 10'],
  ['max(assay_database_age_seconds) > 172800', 'max(assay_database_age_seconds) > 172800'],
  [
    'min_over_time(sum by (service) (assay_consumer_lag)[15m:1m]) > 1000',
    'min_over_time(sum by (service) (assay_consumer_lag)[15000ms:1000ms]) > 1000',
  ],
  [
    '(a unless a offset 1h) > 0 and rate(b[3d]) > 0.001',
    '(a unless a offset 60000ms) > 0 and rate(b[4320000ms]) > 0.001',
  ],
])('shortens %s', (expression, shortened) => {
  expect(shortenedExpression(expression)).toBe(shortened);
});

it('shortens the wait of a rule to no less than three seconds, and keeps the rest of it', () => {
  const rules = {
    groups: [
      { name: 'g', interval: '1m', rules: [{ alert: 'A', expr: 'up == 0', for: '5m', labels: { severity: 'page' } }] },
    ],
  };
  expect(shortenedRules(JSON.stringify(rules))).toBe(
    'groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up == 0\n        for: 5000ms\n' +
      '        labels:\n          severity: page\n',
  );
  expect(shortenedRules(JSON.stringify(rules).replace('5m', '1m'))).toContain('for: 3000ms');
});
