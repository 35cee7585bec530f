import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { contentOf, enveloped, isSignedBy, type Envelope } from './envelope.ts';
import { keyIdOf, publicKeyIn, publicTextOf } from './keys.ts';

export const sealType = 'application/vnd.assay.seal+json';

/** The records of one partition that a seal covers. */
export interface SealedPart {
  readonly topic: string;
  readonly partition: number;
  /** First offset. */
  readonly from: number;
  /** Offset after the last one. */
  readonly until: number;
  /** Number of records. Offsets may have gaps. */
  readonly records: number;
  /** The chain after the last record, 64 hex digits. */
  readonly root: string;
}

/** A stored blob. */
export interface SealedFile {
  readonly dataref: string;
  /** `sha256:` and 64 hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The payload of a seal. */
export interface Seal {
  /** From 1 on. */
  readonly number: number;
  /** Digest of the payload of the seal before it, `sha256:` and 64 hex digits. */
  readonly previous?: string;
  /** ISO 8601, by the clock of the instance that sealed. */
  readonly sealedAt: string;
  /** The public key of the signer, as base64 (SPKI). */
  readonly key: string;
  /** The key that signs the next seals, if another one does from then on. */
  readonly next?: string;
  /** True if there was more than one seal takes: another follows at once. */
  readonly more?: boolean;
  /** The partitions that grew since the seal before it. */
  readonly parts: readonly SealedPart[];
  /** The first eight bytes of the chain after each record, in the order of the parts. */
  readonly prefixes: SealedFile;
  /** The months that were closed since the seal before it. */
  readonly periods: readonly (SealedFile & { readonly period: string })[];
}

/** A seal in the log. */
export interface CountedSeal extends Seal {
  /** Digest of its payload. */
  readonly digest: string;
  /** In `log.sealed`. */
  readonly offset: number;
}

export const digestOf = ({ payload }: Pick<Envelope, 'payload'>): string =>
  `sha256:${createHash('sha256').update(Buffer.from(payload, 'base64')).digest('hex')}`;

export const signedSeal = (seal: Omit<Seal, 'key'>, key: KeyObject): Envelope =>
  enveloped(sealType, { ...seal, key: publicTextOf(key) }, key);

/** Something that no honest history has. */
export interface Flaw {
  readonly kind: 'seal-missing' | 'seal-foreign' | 'seal-fork' | 'seal-unreadable' | 'outside-incomplete';
  /** Offset in `log.sealed`. Absent for a seal of an outside place. */
  readonly offset?: number;
  readonly number?: number;
  readonly text: string;
}

/** Numbers of seals as text: `seal 3`, `seals 1, 3 to 5`. */
export const sealsNamed = (numbers: readonly number[]): string => {
  const ranges: [first: number, last: number][] = [];
  for (const number of [...new Set(numbers)].toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.[1] === number - 1) range[1] = number;
    else ranges.push([number, number]);
  }
  const text = ranges.map(([first, last]) => (first === last ? first : `${first} to ${last}`)).join(', ');
  return `${numbers.length === 1 ? 'seal' : 'seals'} ${text}`;
};

const sealIn = (envelope: Envelope): Seal | undefined => {
  if (envelope.payloadType !== sealType) return undefined;
  const found = contentOf(envelope) as Partial<Seal> | null | undefined;
  const { number, sealedAt, key, next, parts, prefixes, periods } = found ?? {};
  const isWhole =
    Number.isSafeInteger(number) &&
    !Number.isNaN(Date.parse(String(sealedAt))) &&
    [key, ...(next === undefined ? [] : [next])].every(isKey) &&
    [prefixes, ...(Array.isArray(periods) ? periods : [undefined])].every(isFile) &&
    Array.isArray(parts) &&
    parts.every(isPart);
  return isWhole ? (found as Seal) : undefined;
};

const isKey = (text: unknown): boolean => {
  try {
    return publicKeyIn(text as string).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
};

const isFile = (file: unknown): boolean => typeof (file as SealedFile | undefined)?.dataref === 'string';

const isPart = (part: unknown): boolean => {
  const { topic, root, ...numbers } = (part ?? {}) as SealedPart;
  const { partition, from, until, records } = numbers;
  return (
    typeof topic === 'string' &&
    /^[0-9a-f]{64}$/.test(root) &&
    [partition, from, until, records].every((number) => Number.isSafeInteger(number) && number >= 0)
  );
};

const isBy = (envelope: Envelope, key: string): boolean => {
  try {
    return isSignedBy(envelope, publicKeyIn(key));
  } catch {
    return false;
  }
};

/**
 * The seals of a log, in their order. Of two with the same seal before them the first one counts: two instances may
 * have sealed at once. The first seal names its key; each later one must be signed by that key, or by the one that a
 * seal named as the next.
 */
export class SealChain {
  readonly seals: CountedSeal[] = [];
  readonly flaws: Flaw[] = [];
  /** The keys that signed, as base64 (SPKI). */
  readonly keys = new Set<string>();
  readonly #byDigest = new Map<string, CountedSeal>();
  /** The end of what is sealed of each partition, by `topic/partition`. */
  readonly #ends = new Map<string, SealedPart>();

  get head(): CountedSeal | undefined {
    return this.seals.at(-1);
  }

  /** The key that must sign the next seal. */
  get signer(): string | undefined {
    return this.head?.next ?? this.head?.key;
  }

  endOf(topic: string, partition: number): SealedPart | undefined {
    return this.#ends.get(`${topic}/${partition}`);
  }

  has(digest: string): boolean {
    return this.#byDigest.has(digest);
  }

  /** Takes the next record of `log.sealed`. Undefined stands for one without an envelope. */
  take(envelope: Envelope | undefined, offset: number): void {
    const seal = envelope && sealIn(envelope);
    if (!seal) return this.#flawed('seal-unreadable', offset, undefined, `no seal can be read at offset ${offset}`);
    const { number } = seal;
    const signer = this.signer ?? seal.key;
    if (!isBy(envelope, signer) || seal.key !== signer)
      return this.#flawed(
        'seal-foreign',
        offset,
        number,
        `seal ${number} at offset ${offset} is not signed by the key ${keyIdOf(publicKeyIn(signer))}`,
      );
    const last = this.head;
    if (seal.previous !== last?.digest) {
      if (number <= (last?.number ?? 0)) {
        // The seal that another instance made at the same time.
        if (seal.previous === this.seals.find((each) => each.number === number)?.previous) return;
        return this.#flawed(
          'seal-fork',
          offset,
          number,
          `seal ${number} at offset ${offset} follows another history than the seals before it`,
        );
      }
      const first = (last?.number ?? 0) + 1;
      this.#flawed(
        'seal-missing',
        offset,
        first,
        number === first
          ? `seal ${number} at offset ${offset} follows another seal than the one before it`
          : `${number - first === 1 ? `seal ${first} is` : `seals ${first} to ${number - 1} are`} missing before ` +
              `offset ${offset}`,
      );
    }
    const counted = { ...seal, digest: digestOf(envelope), offset };
    this.seals.push(counted);
    this.keys.add(seal.key);
    this.#byDigest.set(counted.digest, counted);
    for (const part of seal.parts) this.#ends.set(`${part.topic}/${part.partition}`, part);
  }

  /**
   * Compares the seals of an outside place with those of the log.
   * @returns what differs, and nothing if the place has a part of the seals of the log
   */
  compare(outside: readonly Envelope[]): readonly Flaw[] {
    const [ahead, forks]: [Seal[], Seal[]] = [[], []];
    let foreign = 0;
    for (const envelope of outside) {
      const seal = sealIn(envelope);
      if (!seal || (this.head && ![...this.keys].some((key) => isBy(envelope, key)))) foreign += 1;
      else if (!this.has(digestOf(envelope))) (seal.number > (this.head?.number ?? 0) ? ahead : forks).push(seal);
    }
    const flaw = (kind: Flaw['kind'], seals: readonly Seal[], text: (named: string) => string): readonly Flaw[] =>
      seals[0]
        ? [
            {
              kind,
              number: seals[0].number,
              text: text(`${sealsNamed(seals.map(({ number }) => number))}, from ${seals[0].sealedAt} on`),
            },
          ]
        : [];
    return [
      ...flaw(
        'seal-missing',
        ahead,
        (named) => `the log lacks ${named}, which the outside place has: it was cut, or restored from an older copy`,
      ),
      ...flaw(
        'seal-fork',
        forks,
        (named) => `fork: the outside place has ${named}, and the log has others with the same numbers`,
      ),
      ...(foreign > 0
        ? [
            {
              kind: 'seal-foreign' as const,
              text: `the outside place has seals by a key that signed none of the log: ${foreign}`,
            },
          ]
        : []),
    ];
  }

  #flawed(kind: Flaw['kind'], offset: number, number: number | undefined, text: string): void {
    this.flaws.push({ kind, offset, ...(number === undefined ? {} : { number }), text });
  }
}
