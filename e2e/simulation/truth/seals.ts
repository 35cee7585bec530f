import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { LogRecord } from '@assay/messaging';

export const sealLaws = {
  whole: 'a seal has the chain of the records that it covers',
  one: 'each seal that counts follows the last one that counts',
  outside: 'an outside place gets the seals that count, in their order, from what it has on',
  sealed: 'what was written is sealed, here and outside, once all is well',
} as const;

interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

interface SealContent {
  readonly number: number;
  readonly previous?: string;
  readonly key: string;
  readonly parts: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly from: number;
    readonly until: number;
    readonly records: number;
    readonly root: string;
  }[];
  readonly prefixes: { readonly dataref: string; readonly sha256: string; readonly bytes: number };
}

/** A partition as a reader of the log computes its chain. */
interface Chained {
  readonly offsets: number[];
  /** The chain after each record, 64 hex digits. */
  readonly links: string[];
  /** Records that seals cover, and the offset behind them. */
  sealed: number;
  until: number;
}

const sha256Of = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const digestOf = ({ payload }: Pick<DsseEnvelope, 'payload'>): string => sha256Of(Buffer.from(payload, 'base64'));

/** SHA-256 over the chain before and the record as JSON without spaces, its headers as pairs in the order of names. */
const linked = (before: string, { topic, partition, offset, key, headers, value }: LogRecord): string => {
  const pairs = Object.keys(headers)
    .toSorted()
    .map((name) => [name, headers[name]]);
  return createHash('sha256')
    .update(before)
    .update(JSON.stringify([topic, partition, offset, key, pairs, value]))
    .digest('hex');
};

const isSigned = ({ payloadType, payload, signatures }: DsseEnvelope, key: KeyObject): boolean => {
  const bytes = Buffer.from(payload, 'base64');
  const head = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `);
  return signatures.some(({ sig }) => verify(null, Buffer.concat([head, bytes]), key, Buffer.from(sig, 'base64')));
};

/** Judges seals by the records of the log, and by none of the code that makes or verifies them. */
export class SealJudge {
  /** Digests of the seals that count, in their order. */
  readonly counted: string[] = [];
  /** Time of the last record that is no seal, by the caller's clock. */
  lastAt = 0;
  /** Seals that do not count: another one with the same seal before it came first. */
  ignored = 0;
  /** Content of blobs by dataref. */
  readonly blobs = new Map<string, Buffer>();
  /** Digests of the seals of an outside place, in the order in which they first came. */
  readonly #outside = new Set<string>();
  readonly #chains = new Map<string, Chained>();
  /** The key of the first seal, as base64 (SPKI), and as an object. */
  #key: { readonly text: string; readonly object: KeyObject } | undefined;

  constructor(private readonly fail: (law: string, detail: string) => void) {}

  /** Takes a record. Those of a partition come in their order, and before the seals that cover them. */
  take(record: LogRecord, at = 0): void {
    const { topic, partition, offset } = record;
    if (topic === 'log.sealed') this.#judge(JSON.parse(record.value) as DsseEnvelope, offset);
    else this.lastAt = at;
    const { offsets, links } = this.#chain(topic, partition);
    links.push(linked(links.at(-1) ?? '0'.repeat(64), record));
    offsets.push(offset);
  }

  #chain(topic: string, partition: number): Chained {
    const known = this.#chains.get(`${topic}/${partition}`) ?? { offsets: [], links: [], sealed: 0, until: 0 };
    this.#chains.set(`${topic}/${partition}`, known);
    return known;
  }

  #judge(envelope: DsseEnvelope, offset: number): void {
    const seal = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as SealContent;
    const at = `seal ${seal.number} at offset ${offset}`;
    this.#key ??= {
      text: seal.key,
      object: createPublicKey({ key: Buffer.from(seal.key, 'base64'), type: 'spki', format: 'der' }),
    };
    if (seal.key !== this.#key.text || !isSigned(envelope, this.#key.object))
      this.fail(sealLaws.one, `${at} has another key`);
    if (seal.previous !== this.counted.at(-1)) {
      // It was made while another one was. The first counts, and only a seal that counts has one before it that does.
      if (seal.previous === undefined ? seal.number === 1 : this.counted[seal.number - 2] === seal.previous)
        this.ignored += 1;
      else this.fail(sealLaws.one, `${at} follows ${seal.previous ? 'one that' : 'no seal, which'} does not count`);
      return;
    }
    if (seal.number !== this.counted.length + 1)
      this.fail(sealLaws.one, `${at} is the ${this.counted.length + 1}. that counts`);
    this.counted.push(digestOf(envelope));
    this.#compare(seal, at);
  }

  #compare({ parts, prefixes }: SealContent, at: string): void {
    const kept: string[] = [];
    for (const { topic, partition, from, until, records, root } of parts) {
      const chain = this.#chain(topic, partition);
      const behind = chain.offsets.findIndex((each, index) => index >= chain.sealed && each >= until);
      const end = behind < 0 ? chain.offsets.length : behind;
      const links = chain.links.slice(chain.sealed, end);
      if (from !== chain.until || records !== links.length || root !== chain.links[end - 1])
        this.fail(
          sealLaws.whole,
          `${at} has ${records} records of ${topic}/${partition} from ${from} to ${until}; ` +
            `there are ${links.length} from ${chain.until} on` +
            (root === chain.links[end - 1] ? '' : ', without its root'),
        );
      kept.push(...links.map((link) => link.slice(0, 16)));
      [chain.sealed, chain.until] = [end, until];
    }
    const expected = Buffer.from(kept.join(''), 'hex');
    if (prefixes.bytes !== expected.length || prefixes.sha256 !== sha256Of(expected))
      this.fail(sealLaws.whole, `${at} signs other prefixes than those of the log`);
    if (!this.blobs.get(prefixes.dataref)?.equals(expected))
      this.fail(sealLaws.whole, `${at} names a blob that has other prefixes, or is not there`);
  }

  /** Judges what one writes to an outside place, by the last seal that it knows to be there. */
  writes(name: string, last: DsseEnvelope | undefined, seal: DsseEnvelope): void {
    const next = last ? this.counted.indexOf(digestOf(last)) + 1 : 0;
    if ((last && next === 0) || this.counted[next] !== digestOf(seal))
      this.fail(
        sealLaws.outside,
        `${name} writes seal ${this.counted.indexOf(digestOf(seal)) + 1} after seal ${next} of ${this.counted.length}`,
      );
  }

  /** Takes a seal that an outside place has got. */
  wrote(seal: DsseEnvelope): void {
    this.#outside.add(digestOf(seal));
  }

  /** Differences of an outside place. It may have a seal again, if a writer did not learn that it was there. */
  misplaced(): string[] {
    return [...this.#outside].flatMap((digest, at) =>
      digest === this.counted[at] ? [] : [`seal ${at + 1} of the outside place is not that of the log`],
    );
  }

  /** Records that no seal covers, and seals but the last that an outside place lacks. */
  *unsealed(): Generator<string> {
    for (const [place, { links, sealed }] of this.#chains)
      if (sealed < links.length && !place.startsWith('log.sealed'))
        yield `${links.length - sealed} records of ${place} are not sealed`;
    const lacking = this.counted.slice(0, -1).filter((digest) => !this.#outside.has(digest)).length;
    if (lacking > 0) yield `the outside place lacks ${lacking} of ${this.counted.length} seals`;
  }
}
