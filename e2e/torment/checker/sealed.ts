import { configTopics, isConfigTopic, keyedTopics } from '@assay/events';
import type { BlobStore } from '@assay/event-sourcing';
import type { EventLog, LogRecord } from '@assay/messaging';
import { SealJudge } from '../../simulation/truth/seals.ts';
import { faults, type Fault } from './fault.ts';

type SealEnvelope = Parameters<SealJudge['wrote']>[0];

/** The seals of a log. */
export interface JudgedSeals {
  readonly counted: number;
  /** Those that another instance made at the same time. */
  readonly ignored: number;
  readonly faults: readonly Fault[];
  /** Records that no seal covers, and seals that the outside file lacks. None once it is quiet for long enough. */
  readonly unsealed: readonly string[];
}

const recordsOf = async function* (
  log: EventLog,
  topic: string,
  partition: number,
  end: number,
): AsyncIterable<LogRecord> {
  for await (const { records } of log.read(topic, partition, 0, end)) yield* records;
};

/** The seals in the lines of an outside file. The end of a process may have cut one short. */
const sealsIn = (text: string): SealEnvelope[] =>
  text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as SealEnvelope];
    } catch {
      return [];
    }
  });

/** Judges the seals of a log, which services may write meanwhile: the outside file is read first, then the seals. */
export const judgedSeals = async (
  log: EventLog,
  blobs: Pick<BlobStore, 'get'>,
  outside: () => Promise<string>,
): Promise<JudgedSeals> => {
  const wrong: string[] = [];
  const judge = new SealJudge((law, detail) => wrong.push(`${law}: ${detail}`));
  const kept = sealsIn(await outside());
  const end = await log.end('log.sealed', 0);
  for (const topic of [...configTopics, ...keyedTopics].filter((each) => each !== 'log.sealed'))
    for (let partition = 0; partition < (isConfigTopic(topic) ? 1 : log.partitions); partition += 1)
      for await (const record of recordsOf(log, topic, partition, await log.end(topic, partition))) judge.take(record);
  for await (const record of recordsOf(log, 'log.sealed', 0, end)) {
    const { payload } = JSON.parse(record.value) as SealEnvelope;
    const { prefixes } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { prefixes: { dataref: string } };
    judge.blobs.set(prefixes.dataref, await blobs.get(prefixes.dataref).catch(() => Buffer.of()));
    judge.take(record);
  }
  for (const seal of kept) judge.wrote(seal);
  return {
    counted: judge.counted.length,
    ignored: judge.ignored,
    faults: faults('wrong')([...wrong, ...judge.misplaced()]),
    unsealed: [...judge.unsealed()],
  };
};
