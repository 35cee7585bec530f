import { expect, it } from 'vitest';
import { definitions, type AnyEvent } from '@assay/events';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { Restorer, lastEmitted } from './restore.ts';

const example = definitions.find(({ topic }) => topic === 'usage.charged')!.examples[1] as unknown as object;
const charged = (sequence: string): AnyEvent => ({
  id: `charge ${sequence}`,
  source: '/assay/billing',
  subject: `sha256:${'0'.repeat(64)}`,
  time: '2026-11-24T09:15:02.600Z',
  correlationid: 'push',
  sequence,
  topic: 'usage.charged',
  data: example,
});

it('an event held back for the next restore is followed by all later events', async () => {
  const log = new EmbeddedLog(':memory:', 1);
  const emitted: string[] = [];
  const filler = new Restorer({
    log,
    decider: { app: 'billing' },
    partition: 0,
    consumes: [],
    received: async () => undefined,
    emitted: async (events) => {
      emitted.push(...events.map(({ sequence }) => sequence!));
    },
  });
  const append = (...sequences: string[]) => log.append(sequences.map((sequence) => recordOf(charged(sequence), 1)));
  await append('1.1', '1.2', '1.3');
  // The third event came after the last sequence was read.
  await filler.restore('1.2', {});
  expect(emitted).toEqual(['1.1', '1.2']);
  await append('1.4', '1.5');
  await filler.restore('1.5', {});
  expect(emitted).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5']);
  await filler.restore('1.5', {});
  await append('1.6');
  await filler.restore('1.6', {});
  expect(emitted.at(-1)).toBe('1.6');
  await log.close();
});

it('an unreadable record at the end of an own topic is ignored, for any sequence', async () => {
  const log = new EmbeddedLog(':memory:', 1);
  const emitted = recordOf(charged('1.2'), 1);
  const unreadable = (sequence: string) => ({
    ...emitted,
    headers: { ...emitted.headers, ce_sequence: sequence },
    value: '{"half',
  });
  await log.append([recordOf(charged('1.1'), 1), unreadable('9000000000000000.1'), emitted, unreadable('7.1')]);
  expect(await lastEmitted(log, ['usage.charged'], 0)).toMatchObject({
    event: '1.2',
    epoch: 1,
    records: [{ offset: 2 }],
    ends: [4],
  });
  await log.close();
});
