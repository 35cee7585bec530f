import { expect, it } from 'vitest';
import { failureOf } from './failure.ts';

it.each([
  [
    'kafkajs falls over its own answer',
    new TypeError("Cannot destructure property 'topicMetadata' of '(intermediate value)' as it is null."),
  ],
  ['kafkajs asks over a connection that was closed', new Error('Broker not connected')],
])('is an outage where %s: the last connection is gone', (_, thrown) => {
  expect(failureOf(thrown, ['a:1'])).toMatchObject({
    code: 'kafka-unreachable',
    retriable: true,
    message: 'Kafka at a:1 does not answer: no broker is connected any more',
  });
});

it('is no outage where our own code fails', () => {
  expect(failureOf(new TypeError('something else'), ['a:1'])).toMatchObject({ code: 'kafka-failed', retriable: false });
});

it('reports that a broker wants no credentials, or other ones', () => {
  expect(
    failureOf(
      Object.assign(new Error('Request is not valid given the current SASL state'), { type: 'ILLEGAL_SASL_STATE' }),
      ['a:1'],
    ),
  ).toMatchObject({
    code: 'kafka-credentials',
    isFinal: true,
    remedy: expect.stringContaining('ASSAY_KAFKA_SASL') as string,
  });
});
