import { expect, it } from 'vitest';
import { failureKind } from './failure-kind.ts';

class RegistryError extends Error {}
class KafkaJSConnectionError extends Error {
  override name = 'KafkaJSConnectionError';
}

it.each([
  [new RegistryError('refused'), 'registry'],
  [new KafkaJSConnectionError('no broker'), 'log'],
  [Object.assign(new Error('full'), { code: 'ENOSPC' }), 'environment'],
  [new TypeError('x is undefined'), 'internal'],
  ['a text', 'internal'],
])('%s is a failure of a kind', (error, kind) => expect(failureKind(error)).toBe(kind));
