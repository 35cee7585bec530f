import { expect, it } from 'vitest';
import { unknownSettings } from './unknown.ts';

it('reports an unknown ASSAY_ variable with the nearest setting', () => {
  expect(
    unknownSettings({
      ASSAY_REQUEST_PER_SECOND: '7',
      ASSAY_KAFKA_BROKER: 'a:1',
      ASSAY_REQUESTS_PER_SECOND: '7',
      ASSAY_HOME: '/here',
      PATH: '/bin',
      OTHER_ASSAY_HOME: 'x',
    }),
  ).toEqual([
    'ASSAY_KAFKA_BROKER is not a setting and has no effect: did you mean ASSAY_KAFKA_BROKERS?',
    'ASSAY_REQUEST_PER_SECOND is not a setting and has no effect: did you mean ASSAY_REQUESTS_PER_SECOND?',
  ]);
});

it('reports a setting of before with its remedy', () => {
  expect(unknownSettings({ ASSAY_ADVISORIES: '{}' })).toEqual([
    'ASSAY_ADVISORIES is gone and has no effect: unset it; `assay database update` or `assay database import` ' +
      'announces a database to all runners',
  ]);
});
