import { describe, expect, it } from 'vitest';
import { KafkaFailure } from '@assay/messaging';
import { BlobFailure } from './blob-stores/blobs.ts';
import { failureKind } from './failure-kind.ts';
import { RedisFailure } from './stores/redis/failure.ts';
import { Fenced } from './stores/store.ts';

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('a test', { cause }), { code });
const named = (name: string): Error => Object.assign(new Error('a test'), { name });

describe('a failure', () => {
  it.each<[string, unknown, string]>([
    ['of Kafka', new KafkaFailure('kafka-unreachable', 'no broker'), 'log'],
    ['of a topic with other settings', new KafkaFailure('topic-mismatch', 'partitions'), 'log'],
    ['of a record that is too large', coded('record-too-large'), 'log'],
    ['of Redis', new RedisFailure('redis-full', 'OOM'), 'store'],
    ['of a store that another instance took', new Fenced(), 'store'],
    ['of a stored state', coded('state-damaged'), 'store'],
    ['of the read model', coded('read-model-broken'), 'store'],
    ['of the blobs', new BlobFailure('blobs-unreachable', 'no answer'), 'blob'],
    ['of one blob', new BlobFailure('blob-damaged', 'another digest'), 'blob'],
    ['of a registry', named('RegistryError'), 'registry'],
    ['of a sweep', coded('sweep-incomplete'), 'registry'],
    ['of a scanner', named('ScannerError'), 'scanner'],
    ['of a sandbox', named('SandboxError'), 'scanner'],
    ['of a database', named('DatabaseError'), 'scanner'],
    ['of a disk', coded('ENOSPC'), 'environment'],
    ['of the machine that scans', coded('files-exhausted'), 'environment'],
    ['of the data folder', coded('data-full'), 'environment'],
    ['of a connection', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }), 'environment'],
    ['by another', new Error('no database', { cause: named('RegistryError') }), 'registry'],
    ['by a mistake', new TypeError('x is undefined'), 'internal'],
    ['with an unknown code', coded('surprise'), 'internal'],
    ['with the name of a member of every object', named('constructor'), 'internal'],
    ['that is no error', 'text', 'internal'],
  ])('%s has its kind', (_, error, kind) => expect(failureKind(error)).toBe(kind));

  it('that is caused by itself ends', () => {
    const error = new Error('a test');
    error.cause = error;
    expect(failureKind(error)).toBe('internal');
  });
});
