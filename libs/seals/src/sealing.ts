import { performance } from 'node:perf_hooks';
import { configTopics, isConfigTopic, keyedTopics, type PeriodChanged } from '@assay/events';
import type { EventLog, LogRecord } from '@assay/messaging';
import { chained, chainStart, prefixBytes } from './chain.ts';
import type { Envelope } from './envelope.ts';
import { keyIdOf, publicKeyIn, publicTextOf, type SealKeys } from './keys.ts';
import { signedSeal, type Seal, type SealChain, type SealedFile, type SealedPart } from './seal.ts';

export interface SealingPorts {
  readonly log: Pick<EventLog, 'partitions' | 'end' | 'read'>;
  readonly keys: SealKeys;
  /** Stores the prefixes. */
  readonly store: (prefixes: Buffer) => Promise<SealedFile>;
  /** Called after each batch: leaves the processor to others. */
  readonly breathe: () => Promise<void>;
  /** Most records of one seal, one million by default. */
  readonly mostRecords?: number | undefined;
}

/** The log cannot be sealed until an operator follows `remedy`. */
export class SealRefused extends Error {
  constructor(
    readonly code: 'seal-key-unknown' | 'seal-log-cut',
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

/** Eight megabytes of prefixes. */
const mostRecords = 1_000_000;
/** An event must hold them all. */
const mostParts = 4000;

/** All topics of the log with their partitions. */
export const partitionsOf = (partitions: number): readonly { readonly topic: string; readonly partition: number }[] =>
  [...configTopics, ...keyedTopics].flatMap((topic) =>
    Array.from({ length: isConfigTopic(topic) ? 1 : partitions }, (_, partition) => ({ topic, partition })),
  );

/** The month that a record closes, if it does. */
export const closedIn = ({ topic, value }: LogRecord): Seal['periods'][number] | undefined => {
  if (topic !== 'period.changed') return undefined;
  try {
    const { period, state, file } = JSON.parse(value) as PeriodChanged;
    if (state !== 'closed' || !file) return undefined;
    const { dataref, sha256, bytes } = file;
    return { period, dataref, sha256, bytes };
  } catch {
    return undefined;
  }
};

/** The key that signs the next seal, and the one after it if they differ. */
const signersOf = ({ signer }: SealChain, { current, all, file = 'ASSAY_SEAL_KEY_FILE' }: SealKeys) => {
  if (signer === undefined || signer === publicTextOf(current)) return { key: current };
  const key = all.find((each) => publicTextOf(each) === signer);
  if (key) return { key, next: publicTextOf(current) };
  throw new SealRefused(
    'seal-key-unknown',
    `the seals so far are signed by the key ${keyIdOf(publicKeyIn(signer))}, which ${file} does not hold`,
    'put the old key behind the new one in that file until the next seal, so that the old one vouches for the new one',
  );
};

/**
 * Makes the next seal: of what was written since the last one, as far as one seal takes.
 *
 * @param now ms since the epoch
 * @throws SealRefused
 */
export const nextSeal = async (
  { log, keys, store, breathe, mostRecords: most = mostRecords }: SealingPorts,
  chain: SealChain,
  now: number,
): Promise<Envelope> => {
  const { key, ...next } = signersOf(chain, keys);
  const parts: SealedPart[] = [];
  const prefixes: Buffer[] = [];
  const sealed = new Set(chain.seals.flatMap(({ periods }) => periods.map(({ period }) => period)));
  const periods: Seal['periods'][number][] = [];
  let room = most;
  let isWhole = true;
  for (const { topic, partition } of partitionsOf(log.partitions)) {
    const before = chain.endOf(topic, partition);
    const [from, end] = [before?.until ?? 0, await log.end(topic, partition)];
    if (end < from)
      throw new SealRefused(
        'seal-log-cut',
        `${topic}/${partition} ends at offset ${end}, and is sealed up to ${from}: the log was cut`,
        'restore it from a copy; `assay verify` shows what is missing',
      );
    if (end === from) continue;
    if (room <= 0 || parts.length >= mostParts) {
      isWhole = false;
      break;
    }
    let [root, records, until] = [before?.root ?? chainStart, 0, from];
    for await (const batch of log.read(topic, partition, from, end)) {
      for (const record of batch.records) {
        root = chained(root, record);
        prefixes.push(Buffer.from(root.slice(0, prefixBytes * 2), 'hex'));
        const closed = closedIn(record);
        if (closed && !sealed.has(closed.period)) {
          sealed.add(closed.period);
          periods.push(closed);
        }
      }
      records += batch.records.length;
      until = batch.nextOffset;
      await breathe();
      if (records >= room) break;
    }
    // Behind the last record there may be offsets that are the log's own. A later read begins there, too.
    if (records < room) until = end;
    else if (until < end) isWhole = false;
    room -= records;
    parts.push({ topic, partition, from, until, records, root });
  }
  const number = (chain.head?.number ?? 0) + 1;
  const seal = {
    number,
    ...(chain.head ? { previous: chain.head.digest } : {}),
    sealedAt: new Date(now).toISOString(),
    ...next,
    ...(isWhole ? {} : { more: true }),
    parts,
    prefixes: await store(Buffer.concat(prefixes)),
    periods,
  };
  return signedSeal(seal, key);
};

/** Longer ones hold time before the first part of work, perhaps since yesterday. */
const mostWorkMs = 250;

/**
 * Rests after each part of work. Only what keeps the event loop busy is work, not a wait for the log.
 * @param share the length of a rest, as a multiple of the work before it
 */
export const resting = (
  share: number,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): (() => Promise<void>) => {
  let begun = performance.eventLoopUtilization();
  return async () => {
    await pause(share * Math.min(mostWorkMs, performance.eventLoopUtilization(begun).active));
    begun = performance.eventLoopUtilization();
  };
};
