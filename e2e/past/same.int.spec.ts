import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { definitions, isConfigTopic, type Topic } from '@assay/events';
import { EmbeddedLog, type LogRecord } from '@assay/messaging';
import { makePast, makingMs } from './made.ts';
import { readRecord } from './record.ts';

/** Ids are drawn, or rest on ids that are. The file of a closed month holds ids of charges. */
const drawn = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|"file":\{"dataref":"[^"]*","sha256":"[^"]*"/g;
/** The fingerprint of a secret that is drawn. */
const fingerprint = /"access":"[0-9a-f]+"/g;

/**
 * Seconds of times, and durations. Work goes on in real time while the story's stands still, and a loop that looks a
 * moment too early looks again after a second of the story: on a busy machine that happens.
 */
const seconds = /(T\d\d:\d\d):\d\d\.\d{3}Z/g;
const durations = /("\w+Ms"):\d+/g;

/** A record as text, with its times to the minute, without what is drawn and without the ports of the registries. */
const textOf = ({ headers, value }: LogRecord, ports: readonly (readonly [name: string, port: number])[]): string => {
  const { ce_type: type = '', ce_time: time = '' } = headers;
  const named = ports.reduce((text, [name, port]) => text.replaceAll(`127.0.0.1:${port}`, name), value);
  // A mark is published at the next look of a loop, which real time brings as well.
  const at = type.startsWith('assay.mark.') ? '' : time;
  return `${type} ${at} ${named.replaceAll(drawn, 'drawn').replaceAll(fingerprint, 'drawn')}`
    .replaceAll(seconds, '$1')
    .replaceAll(durations, '$1');
};

/** The types and times of events in their order. */
const typesOf = (events: readonly string[]): string => events.map((event) => event.split(' ', 2).join(' ')).join(', ');

/** The events of a past by topic and key, each in its order, by name of both. */
const eventsIn = async (folder: string): Promise<ReadonlyMap<string, readonly string[]>> => {
  const ports = Object.entries(readRecord(folder).ports) as [string, number][];
  const log = new EmbeddedLog(join(folder, 'log.db'), 12);
  const found = new Map<string, string[]>();
  // A seal covers what is drawn, and comes at the next look of a loop.
  const topics = [...new Set(definitions.map(({ topic }) => topic))].filter(
    (topic) => topic !== 'log.sealed',
  ) as Topic[];
  for (const topic of topics)
    for (let partition = 0; partition < (isConfigTopic(topic) ? 1 : log.partitions); partition += 1)
      for await (const { records } of log.read(topic, partition, 0, await log.end(topic, partition)))
        for (const record of records) {
          // The key of a tag begins with the address of its registry.
          const key = ports.reduce((text, [of, port]) => text.replace(`127.0.0.1:${port}/`, `${of}/`), record.key);
          const name = `${topic} ${key}`;
          const before = found.get(name);
          const text = textOf(record, ports);
          if (before) before.push(text);
          else found.set(name, [text]);
        }
  await log.close();
  return found;
};

let kept: string;
let fresh: string;
beforeAll(async () => {
  const now = new Date().toISOString();
  kept = await makePast(1, ['--now', now]);
  fresh = await makePast(1, ['--now', now, '--fresh']);
}, makingMs);

it('gives the same events in the same order, for each topic and key, from the same seed and time', async () => {
  const [one, other] = await Promise.all([eventsIn(kept), eventsIn(fresh)]);
  expect([...other.keys()].toSorted()).toEqual([...one.keys()].toSorted());
  const differing = [...one].flatMap(([name, events]) => {
    const others = other.get(name) ?? [];
    const at = events.findIndex((event, n) => event !== others[n]);
    if (at < 0 && events.length === others.length) return [];
    return `${name}, event ${at}:\n${events[at]}\nand\n${others[at]}\nof\n${typesOf(events)}\nand\n${typesOf(others)}`;
  });
  expect(differing.join('\n\n')).toBe('');
});
