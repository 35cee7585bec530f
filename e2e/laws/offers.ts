import type { SetEntry } from './entries.ts';

// Offers of databases by docs/database.md and docs/events.md alone, with sums of its own.

/** The packages and shares beyond which a database is held. */
export interface OfferLimits {
  readonly packages: number;
  readonly findingsPercent: number;
  readonly healthyPercent: number;
  readonly weakenedPercent: number;
}

interface LosingContent {
  readonly bucket: string;
  readonly package: string;
  readonly closing: number;
  readonly loses: string;
}

const counts = [
  'images',
  'findings',
  'closing',
  'changed',
  'healthy',
  'uncovered',
  'weakened',
  'lowered',
  'raised',
] as const;

/** The consequences of a database, as answers and offers carry them. */
export type LossContent = Readonly<Record<(typeof counts)[number], number>> & {
  readonly packages: readonly LosingContent[];
};

/** The data of `advisories.offered`. */
export interface OfferContent {
  readonly database: { readonly digest: string };
  readonly before: string;
  readonly state: string;
  readonly comparison?: { readonly dataref: string };
  readonly consequences?: LossContent;
}

/** The data of `advisories.weighed`. */
export interface AnswerContent extends LossContent {
  readonly offer: string;
  readonly partition: number;
}

/** The losses of a database against the one before it. */
interface DatabaseLosses {
  /** True if it takes nothing away, so that it need not be offered. */
  readonly isNone: boolean;
  /** True for a finding that closes. */
  readonly closes: (entry: SetEntry) => boolean;
}
export type LossesOf = (before: string, next: string) => DatabaseLosses;

/** Faults of offers are those of the order of their states, or of the sums of their answers. */
export interface OfferFault {
  readonly law: 'offered' | 'weighed';
  readonly detail: string;
}

const none: LossContent = {
  images: 0,
  findings: 0,
  closing: 0,
  changed: 0,
  healthy: 0,
  uncovered: 0,
  weakened: 0,
  lowered: 0,
  raised: 0,
  packages: [],
};

const added = (one: LossContent, other: LossContent): LossContent => {
  const packages = new Map<string, LosingContent>();
  for (const each of [...one.packages, ...other.packages]) {
    const name = `${each.bucket} ${each.package}`;
    packages.set(name, { ...each, closing: each.closing + (packages.get(name)?.closing ?? 0) });
  }
  const sums = Object.fromEntries(counts.map((name) => [name, one[name] + other[name]]));
  return { ...(sums as Record<(typeof counts)[number], number>), packages: [...packages.values()] };
};

/** The consequences as one text, in the same order of packages. */
const textOf = (content: LossContent): string =>
  [
    ...counts.map((name) => `${name} ${content[name]}`),
    ...content.packages.map((each) => `${each.bucket}/${each.package} ${each.closing} ${each.loses}`).toSorted(),
  ].join(', ');

/** Up to ten findings or images are no share. */
const isTooLarge = (part: number, of: number, percent: number): boolean => part > 10 && part / of > percent / 100;

/** True if a database with these consequences must not be used by itself. */
export const isBeyondLimits = (content: LossContent, limits: OfferLimits): boolean => {
  const { images, findings, closing, healthy, uncovered, weakened, lowered, raised, packages } = content;
  const most = Math.max(0, ...packages.map((each) => each.closing));
  return (
    uncovered > 0 ||
    packages.filter(({ loses }) => loses === 'all').length > limits.packages ||
    packages.length > 4 * limits.packages ||
    isTooLarge(closing - most, findings, limits.findingsPercent) ||
    isTooLarge(healthy, images, limits.healthyPercent) ||
    isTooLarge(weakened, findings, limits.weakenedPercent) ||
    isTooLarge(lowered - raised, findings, limits.weakenedPercent)
  );
};

/** Findings of an image with a result, and those of them that would close. */
interface Weight {
  readonly findings: number;
  readonly closing: number;
}

/** The bounds of the weight of an image, over its result when it was asked and all later ones. */
interface Bounds {
  readonly least: Weight;
  readonly most: Weight;
}

const chosen = (pick: (...values: number[]) => number, one: Weight, other: Weight): Weight => ({
  findings: pick(one.findings, other.findings),
  closing: pick(one.closing, other.closing),
});

/** Entries of the standing results, by partition and digest. */
export type StandingEntries = ReadonlyMap<number, ReadonlyMap<string, readonly SetEntry[]>>;

interface Answered {
  readonly least: number;
  readonly most: number;
}

/** One offer, with its answers up to now. */
class JudgedOffer {
  readonly #answers = new Map<number, LossContent>();
  /** The sums after each answer, and the least and the most partitions in them: its end may have read any of them. */
  readonly #sums = new Map<string, Answered>([[textOf(none), { least: 0, most: 0 }]]);
  readonly digest: string;
  readonly #closes: ((entry: SetEntry) => boolean) | undefined;
  readonly #bounds = new Map<number, Map<string, Bounds>>();
  readonly #later = new Map<number, Map<string, Bounds>>();
  readonly #given: AnswerContent[] = [];

  constructor(digest: string, standing: StandingEntries, closes?: (entry: SetEntry) => boolean) {
    this.digest = digest;
    this.#closes = closes;
    for (const [partition, images] of standing) {
      const bounds = new Map<string, Bounds>();
      for (const [image, entries] of images) {
        const weight = this.#weightOf(entries);
        bounds.set(image, { least: weight, most: weight });
      }
      this.#bounds.set(partition, bounds);
    }
  }

  /** The number of images of a partition that had a result when it was offered. */
  imagesOf(partition: number): number {
    return this.#bounds.get(partition)?.size ?? 0;
  }

  /** An image has another result. An answer may be about that before the log has it. */
  resulted(partition: number, image: string, entries: readonly SetEntry[]): void {
    const bounds = this.#later.get(partition) ?? new Map<string, Bounds>();
    this.#later.set(partition, bounds);
    const weight = this.#weightOf(entries);
    const before = bounds.get(image) ??
      this.#bounds.get(partition)?.get(image) ?? { least: { findings: 0, closing: 0 }, most: weight };
    bounds.set(image, { least: chosen(Math.min, before.least, weight), most: chosen(Math.max, before.most, weight) });
  }

  #weightOf(entries: readonly SetEntry[]): Weight {
    const closes = this.#closes ?? ((): boolean => false);
    return { findings: entries.length, closing: entries.filter(closes).length };
  }

  /** Answers that no results of their partition can have given. */
  *unfounded(): Generator<string> {
    for (const { partition, findings, closing } of this.#given) {
      const bounds = [
        ...new Map([...(this.#bounds.get(partition) ?? []), ...(this.#later.get(partition) ?? [])]).values(),
      ];
      const sum = (of: (each: Bounds) => number): number => bounds.reduce((all, each) => all + of(each), 0);
      const isFounded =
        findings >= sum(({ least }) => least.findings) &&
        findings <= sum(({ most }) => most.findings) &&
        (!this.#closes || (closing >= sum(({ least }) => least.closing) && closing <= sum(({ most }) => most.closing)));
      if (!isFounded)
        yield (
          `partition ${partition} answers that ${closing} of ${findings} findings would close by ` +
          `${lastOf(this.digest)}, and it has ${sum(({ least }) => least.findings)} to ` +
          `${sum(({ most }) => most.findings)}, of which ${sum(({ least }) => least.closing)} to ` +
          `${sum(({ most }) => most.closing)} would`
        );
    }
  }

  answer(partition: number, content: AnswerContent): void {
    this.#given.push(content);
    this.#answers.set(partition, content);
    const text = textOf([...this.#answers.values()].reduce(added, none));
    const most = this.#answers.size;
    this.#sums.set(text, { least: this.#sums.get(text)?.least ?? most, most });
  }

  /** The number of partitions whose answers have this sum. Undefined if no answers have. */
  answeredBy(content: LossContent): Answered | undefined {
    return this.#sums.get(textOf(content));
  }
}

const answeredBy = (offers: readonly JudgedOffer[], content: LossContent): Answered | undefined => {
  const found = offers.flatMap((offer) => offer.answeredBy(content) ?? []);
  return found.length === 0
    ? undefined
    : { least: Math.min(...found.map(({ least }) => least)), most: Math.max(...found.map(({ most }) => most)) };
};

/** The state of the last offer of a database. */
interface Standing {
  /** Several if a process offers what another one has offered, and not decided. */
  readonly offers: JudgedOffer[];
  /** The databases with which it was compared. */
  readonly before: Set<string>;
  state: 'offered' | 'held' | 'refused' | 'used';
  isReleased: boolean;
  /** True from its announcement on: going back to it later needs no other offer. */
  isAnnounced: boolean;
}

const lastOf = (digest: string): string => `…${digest.slice(-4)}`;

/**
 * Follows the offers of databases in the order of the log: a database that was offered is announced only once it may be
 * used, and only after the one with which it was compared, or after one from which it takes nothing away.
 */
export class OfferJudge {
  readonly #offers = new Map<string, JudgedOffer>();
  readonly #byDigest = new Map<string, Standing>();
  readonly #limits: OfferLimits;
  readonly #partitions: number;
  readonly #lossesOf: LossesOf | undefined;

  /**
   * @param limits those of the installation
   * @param partitions of the runner, each of which must answer
   * @param lossesOf what a database takes away, if that is known
   */
  constructor(limits: OfferLimits, partitions: number, lossesOf?: LossesOf) {
    this.#limits = limits;
    this.#partitions = partitions;
    this.#lossesOf = lossesOf;
  }

  /** An image has a new result. */
  resulted(partition: number, image: string, entries: readonly SetEntry[]): void {
    for (const offer of this.#offers.values()) offer.resulted(partition, image, entries);
  }

  /** Faults of answers, once all results are known on which they may rest. */
  atEnd(): OfferFault[] {
    return [...this.#offers.values()].flatMap((offer) =>
      [...offer.unfounded()].map((detail): OfferFault => ({ law: 'weighed', detail })),
    );
  }

  /**
   * @param id of the event
   * @param standing results of images, as far as they are known
   */
  offered(id: string, content: OfferContent, standing: StandingEntries = new Map()): OfferFault[] {
    const { database, before, state } = content;
    const label = `the database ${lastOf(database.digest)}`;
    if (state === 'offered') {
      const offer = new JudgedOffer(database.digest, standing, this.#lossesOf?.(before, database.digest).closes);
      this.#offers.set(id, offer);
      const open = this.#byDigest.get(database.digest);
      if (open?.state === 'offered') {
        open.offers.push(offer);
        open.before.add(before);
        return [];
      }
      this.#byDigest.set(database.digest, {
        offers: [offer],
        before: new Set([before]),
        state,
        isReleased: false,
        isAnnounced: false,
      });
      return [];
    }
    const known = this.#byDigest.get(database.digest);
    if (!known) return [{ law: 'offered', detail: `${label} is ${state}, and was not offered` }];
    if (state === 'used') return this.#used(label, known, content.consequences);
    // An append whose sender ended may arrive once another one has decided.
    if (known.state === 'used') return [];
    const faults = state === 'held' ? this.#heldBy(label, known, content.consequences) : [];
    known.state = state === 'held' ? 'held' : 'refused';
    return faults;
  }

  #heldBy(label: string, { offers }: Standing, consequences: LossContent = none): OfferFault[] {
    const answered = answeredBy(offers, consequences);
    if (answered === undefined)
      return [{ law: 'weighed', detail: `${label} is held for ${textOf(consequences)}, and no answers have that sum` }];
    return answered.least === this.#partitions && !isBeyondLimits(consequences, this.#limits)
      ? [{ law: 'weighed', detail: `${label} is held for ${textOf(consequences)}, which is within the limits` }]
      : [];
  }

  #used(label: string, standing: Standing, consequences: LossContent = none): OfferFault[] {
    const { state, isReleased, offers } = standing;
    standing.state = 'used';
    if (state === 'used') return [];
    if (state !== 'offered')
      return isReleased ? [] : [{ law: 'offered', detail: `${label} is used, is ${state}, and was not released` }];
    const answered = answeredBy(offers, consequences);
    if (answered === undefined)
      return [{ law: 'weighed', detail: `${label} is used for ${textOf(consequences)}, and no answers have that sum` }];
    if (answered.most < this.#partitions)
      return [{ law: 'offered', detail: `${label} is used by ${answered.most} answers of ${this.#partitions}` }];
    return isBeyondLimits(consequences, this.#limits)
      ? [{ law: 'offered', detail: `${label} is used, and its consequences are ${textOf(consequences)}` }]
      : [];
  }

  /** An operator ordered a database to be released. */
  released(digest: string): void {
    const standing = this.#byDigest.get(digest);
    if (standing?.state === 'held') standing.isReleased = true;
  }

  weighed(content: AnswerContent): OfferFault[] {
    const { offer: id, partition } = content;
    const offer = this.#offers.get(id);
    if (!offer) return [{ law: 'weighed', detail: `partition ${partition} answers ${id}, which is no offer` }];
    const label = `the answer of partition ${partition} about ${lastOf(offer.digest)}`;
    if (partition < 0 || partition >= this.#partitions)
      return [{ law: 'weighed', detail: `${label}: there is no such partition` }];
    offer.answer(partition, content);
    const least = offer.imagesOf(partition);
    return content.images < least
      ? [{ law: 'weighed', detail: `${label} is about ${content.images} images, and ${least} have a result` }]
      : [];
  }

  /** @param inUse the database that was announced before */
  announced(digest: string, inUse: string | undefined): OfferFault[] {
    const standing = this.#byDigest.get(digest);
    if (!standing || standing.isAnnounced || digest === inUse) return [];
    const isCompared = inUse !== undefined && standing.before.has(inUse);
    // Against another database than that, an offer does not count, and one that takes nothing away needs none.
    const isFree = !isCompared && inUse !== undefined && this.#lossesOf?.(inUse, digest).isNone === true;
    if (isFree && standing.state !== 'refused') {
      standing.isAnnounced = true;
      return [];
    }
    const label = `the database ${lastOf(digest)}`;
    if (standing.state !== 'used')
      return [{ law: 'offered', detail: `${label} is announced, and its offer is ${standing.state}` }];
    standing.isAnnounced = true;
    return isCompared
      ? []
      : [
          {
            law: 'offered',
            detail: `${label} is announced after another one than ${[...standing.before].map(lastOf).join(', ')}`,
          },
        ];
  }
}
