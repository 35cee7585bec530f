import { expect, it } from 'vitest';
import { severities } from '@assay/events';
import { severity2020 } from './severity.ts';

it('the shape of 2020 has three severities: critical is high, and unknown is medium', () => {
  expect(Object.fromEntries(severities.map((severity) => [severity, severity2020(severity)]))).toEqual({
    Critical: 'High',
    High: 'High',
    Medium: 'Medium',
    Low: 'Low',
    Unknown: 'Medium',
  });
});
