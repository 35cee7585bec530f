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
    'ASSAY_KAFKA_BROKER is no setting, and is passed over: is ASSAY_KAFKA_BROKERS meant?',
    'ASSAY_REQUEST_PER_SECOND is no setting, and is passed over: is ASSAY_REQUESTS_PER_SECOND meant?',
  ]);
});
