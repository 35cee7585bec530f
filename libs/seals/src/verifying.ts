import type { KeyObject } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { EventLog } from '@assay/messaging';
import { chained, chainStart, prefixBytes } from './chain.ts';
import { envelopeIn, type Envelope } from './envelope.ts';
import { keyIdOf, publicKeyIn, publicTextOf } from './keys.ts';
import {
  digestOf,
  SealChain,
  sealsNamed,
  type CountedSeal,
  type Flaw,
  type SealedFile,
  type SealedPart,
} from './seal.ts';
import { partitionsOf } from './sealing.ts';

export interface VerifyingPorts {
  readonly log: Pick<EventLog, 'partitions' | 'end' | 'read'>;
  /** Reads a file, and fails if it is missing or damaged. */
  readonly file: (dataref: string) => Promise<Buffer>;
  /** Reads the file of a closed month, from billing's own store. Without it, no month is compared. */
  readonly month?: (dataref: string) => Promise<Buffer>;
  /** Called after each batch. */
  readonly breathe?: () => Promise<void>;
  readonly progress?: (done: number, of: number) => void;
}

export interface VerifyOptions {
  /** Only what was sealed from this time on, ms since the epoch. */
  readonly since?: number | undefined;
  /** Only the seals up to the one that lists this month, and only its file: `2026-11`. */
  readonly month?: string | undefined;
  /** A key that must have signed one of the seals. */
  readonly trusted?: KeyObject | undefined;
  /** The seals of an outside place. */
  readonly outside?: readonly Envelope[] | undefined;
  /** True if these are all that it has: then it must have each one from its first to its last. */
  readonly isWhole?: boolean | undefined;
}

/** Something that differs from what was sealed. */
export interface Difference {
  readonly kind: Flaw['kind'] | 'record-differs' | 'record-missing' | 'part-differs' | 'month-differs';
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** The seal, by its number. */
  readonly number?: number;
  readonly period?: string;
  readonly text: string;
}

export interface Verified {
  readonly state: 'good' | 'differs' | 'not-sealed' | 'nothing-compared';
  readonly seals: number;
  /** Seals whose records were compared. */
  readonly compared: number;
  /** The last seal. */
  readonly last?: Pick<CountedSeal, 'number' | 'sealedAt' | 'digest'>;
  /** Names of the keys that signed. */
  readonly keys: readonly string[];
  /** Seals of the log that the outside place has, if it was read as a whole. */
  readonly foundOutside?: number;
  /** Records that were compared. */
  readonly records: number;
  /** Months whose files were compared. */
  readonly months: readonly string[];
  /** Offsets behind the last seal: no seal proves what stands there. */
  readonly unsealed: number;
  readonly differences: readonly Difference[];
  /** Causes that make the proof weaker. */
  readonly warnings: readonly string[];
}

/** Reads the seals of a log from an offset on. */
export const takeSeals = async (log: VerifyingPorts['log'], chain: SealChain, from = 0): Promise<number> => {
  const end = await log.end('log.sealed', 0);
  for await (const { records } of log.read('log.sealed', 0, from, end))
    for (const { value, offset } of records) chain.take(envelopeIn(value), offset);
  return end;
};

/** Compares the log with its seals. Nothing is changed. */
export const verify = async (ports: VerifyingPorts, options: VerifyOptions = {}): Promise<Verified> => {
  const { log } = ports;
  const chain = new SealChain();
  await takeSeals(log, chain);
  const differences: Difference[] = [...chain.flaws, ...chain.compare(options.outside ?? [])];
  const warnings: string[] = [];
  let foundOutside: number | undefined;
  if (options.isWhole && chain.head) {
    const found = new Set(options.outside?.map(digestOf));
    const numbers = chain.seals.filter(({ digest }) => found.has(digest)).map(({ number }) => number);
    foundOutside = numbers.length;
    const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
    const lacks = chain.seals.map(({ number }) => number).filter((number) => !numbers.includes(number));
    const [within, beyond] = [
      lacks.filter((number) => number > first && number < last),
      lacks.filter((number) => number < first || number > last),
    ];
    if (last === 0 || within.length > 0)
      differences.push({
        kind: 'outside-incomplete',
        text:
          last === 0 ? 'the outside place has none of these seals' : `the outside place lacks ${sealsNamed(within)}`,
      });
    else if (beyond.length > 0)
      warnings.push(`the outside place lacks ${sealsNamed(beyond)}: nothing there proves what was sealed`);
  }
  const { trusted, month, since = month === undefined ? 0 : Date.parse(`${month}-01T00:00:00Z`) } = options;
  if (trusted && chain.head && !chain.keys.has(publicTextOf(trusted)))
    differences.push({
      kind: 'seal-foreign',
      text: `no seal is signed by the given key ${keyIdOf(trusted)}: another one made these seals`,
    });
  const until = month === undefined ? chain.head : chain.seals.find(({ periods }) => hasMonth(periods, month));
  const wanted = chain.seals.filter(
    ({ sealedAt, number }) => Date.parse(sealedAt) >= since && number <= (until?.number ?? 0),
  );
  const of = wanted.reduce((sum, { parts }) => sum + parts.reduce((each, { records }) => each + records, 0), 0);
  const reading = new Reading(ports, of);
  for (const seal of chain.seals) {
    if (!wanted.includes(seal)) reading.pass(seal);
    else differences.push(...(await reading.compared(seal)));
  }
  const months = wanted.flatMap(({ periods }) => periods.filter(({ period }) => (month ?? period) === period));
  const { month: fileOf } = ports;
  for (const each of fileOf ? months : []) {
    const found = fileOf && (await readFile(fileOf, each));
    if (typeof found === 'string')
      differences.push({ kind: 'month-differs', period: each.period, text: `the file of ${each.period} ${found}` });
  }
  if (reading.lost.length > 0)
    warnings.push(
      `the file of ${sealsNamed(reading.lost)} is lost or damaged: a difference there has no offset, only a day`,
    );
  let unsealed = 0;
  for (const { topic, partition } of partitionsOf(log.partitions))
    unsealed += Math.max(0, (await log.end(topic, partition)) - (chain.endOf(topic, partition)?.until ?? 0));
  return {
    state:
      differences.length > 0
        ? 'differs'
        : !chain.head
          ? 'not-sealed'
          : wanted.length === 0
            ? 'nothing-compared'
            : 'good',
    seals: chain.seals.length,
    compared: wanted.length,
    ...(chain.head
      ? { last: { number: chain.head.number, sealedAt: chain.head.sealedAt, digest: chain.head.digest } }
      : {}),
    keys: [...chain.keys].map((key) => keyIdOf(publicKeyIn(key))),
    ...(foundOutside === undefined ? {} : { foundOutside }),
    records: reading.done,
    months: fileOf ? months.map(({ period }) => period) : [],
    unsealed,
    differences,
    warnings,
  };
};

const hasMonth = (periods: CountedSeal['periods'], month: string): boolean =>
  periods.some(({ period }) => period === month);

/** A file, or its fault as text. */
const readFile = async (
  file: VerifyingPorts['file'],
  { dataref, sha256, bytes }: SealedFile,
): Promise<Buffer | string> => {
  try {
    const found = await file(dataref);
    const digest = `sha256:${createHash('sha256').update(found).digest('hex')}`;
    return digest === sha256 && found.length === bytes ? found : `has ${digest}, and ${sha256} was sealed`;
  } catch (error) {
    return `cannot be compared with what was sealed: ${error instanceof Error ? error.message : String(error)}`;
  }
};

/** Reads the records of seals, one seal after another. */
class Reading {
  done = 0;
  /** The seals without the file that names records. */
  readonly lost: number[] = [];
  readonly #roots = new Map<string, string>();

  constructor(
    private readonly ports: VerifyingPorts,
    private readonly of: number,
  ) {}

  /** Believes a seal. */
  pass({ parts }: CountedSeal): void {
    for (const { topic, partition, root } of parts) this.#roots.set(`${topic}/${partition}`, root);
  }

  async compared(seal: CountedSeal): Promise<readonly Difference[]> {
    const file = await readFile(this.ports.file, seal.prefixes);
    const [prefixes, lost] = typeof file === 'string' ? [undefined, file] : [file, undefined];
    if (lost !== undefined) this.lost.push(seal.number);
    const found: Difference[] = [];
    let at = 0;
    for (const part of seal.parts) {
      const own = prefixes?.subarray(at, (at += part.records * prefixBytes));
      const difference = await this.#part(seal, part, own, lost);
      if (difference) found.push(difference);
      // From here on what was sealed counts: a later change in the same partition is found as well.
      this.#roots.set(`${part.topic}/${part.partition}`, part.root);
    }
    return found;
  }

  async #part(
    { number, sealedAt }: CountedSeal,
    { topic, partition, from, until, records, root: sealed }: SealedPart,
    prefixes: Buffer | undefined,
    lost: string | undefined,
  ): Promise<Difference | undefined> {
    const { log, breathe, progress } = this.ports;
    const place = { topic, partition, number };
    let root = this.#roots.get(`${topic}/${partition}`) ?? chainStart;
    let count = 0;
    let last = -1;
    for await (const batch of log.read(topic, partition, from, until)) {
      for (const record of batch.records) {
        root = chained(root, record);
        const given = prefixes?.subarray(count * prefixBytes, (count + 1) * prefixBytes).toString('hex');
        if (given !== undefined && !root.startsWith(given || 'none'))
          return {
            kind: 'record-differs',
            ...place,
            offset: record.offset,
            text:
              `${topic}/${partition} offset ${record.offset} is not what stood there at ${sealedAt} (seal ` +
              `${number}): it was changed, or one before it was removed. What stood there cannot be told`,
          };
        count += 1;
        last = record.offset;
      }
      this.done += batch.records.length;
      progress?.(this.done, this.of);
      await breathe?.();
    }
    if (root === sealed && count === records) return undefined;
    if (prefixes && count < records)
      return {
        kind: 'record-missing',
        ...place,
        ...(last < 0 ? { offset: from } : { offset: last + 1 }),
        text:
          `${topic}/${partition} lacks ${records - count} ${records - count === 1 ? 'record' : 'records'} ` +
          `${last < 0 ? `from offset ${from} on` : `after offset ${last}`} that stood there at ${sealedAt} (seal ` +
          `${number}). What stood there cannot be told`,
      };
    return {
      kind: 'part-differs',
      ...place,
      text:
        `${topic}/${partition} differs somewhere from offset ${from} to ${until - 1}, sealed at ${sealedAt} (seal ` +
        `${number}). Which record cannot be told: the file that would tell ${lost ?? 'does not fit its seal'}`,
    };
  }
}
