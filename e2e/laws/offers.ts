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

const counts = ['images', 'findings', 'closing', 'changed', 'healthy', 'uncovered', 'weakened', 'raised'] as const;

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
  const { images, findings, closing, healthy, uncovered, weakened, raised, packages } = content;
  const most = Math.max(0, ...packages.map((each) => each.closing));
  return (
    uncovered > 0 ||
    packages.filter(({ loses }) => loses === 'all').length > limits.packages ||
    packages.length > 4 * limits.packages ||
    isTooLarge(closing - most, findings, limits.findingsPercent) ||
    isTooLarge(healthy, images, limits.healthyPercent) ||
    isTooLarge(weakened - raised, findings, limits.weakenedPercent)
  );
};

interface Answered {
  readonly least: number;
  readonly most: number;
}

/** One offer, with its answers up to now. */
class JudgedOffer {
  readonly #answers = new Map<number, LossContent>();
  /** The sums after each answer, and the least and the most partitions in them: its end may have read any of them. */
  readonly #sums = new Map<string, Answered>([[textOf(none), { least: 0, most: 0 }]]);
  /** The images with a result of each partition, when it was offered. */
  readonly images: ReadonlyMap<number, number>;
  readonly digest: string;

  constructor(digest: string, images: ReadonlyMap<number, number>) {
    this.digest = digest;
    this.images = images;
  }

  answer(partition: number, content: LossContent): void {
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

/** The state of the last offer of a database. */
interface Standing {
  readonly offer: JudgedOffer;
  readonly before: string;
  state: 'offered' | 'held' | 'refused' | 'used';
  isReleased: boolean;
  /** True from its announcement on: going back to it later needs no other offer. */
  isAnnounced: boolean;
}

const lastOf = (digest: string): string => `…${digest.slice(-4)}`;

/**
 * Follows the offers of databases in the order of the log: a database that was offered is announced only once it may be
 * used, and only after the one with which it was compared.
 */
export class OfferJudge {
  readonly #offers = new Map<string, JudgedOffer>();
  readonly #byDigest = new Map<string, Standing>();
  readonly #limits: OfferLimits;
  readonly #partitions: number;

  /**
   * @param limits those of the installation
   * @param partitions of the runner, each of which must answer
   */
  constructor(limits: OfferLimits, partitions: number) {
    this.#limits = limits;
    this.#partitions = partitions;
  }

  /**
   * @param id of the event
   * @param images with a result, by partition
   */
  offered(id: string, content: OfferContent, images: ReadonlyMap<number, number>): OfferFault[] {
    const { database, before, state } = content;
    const label = `the database ${lastOf(database.digest)}`;
    if (state === 'offered') {
      const offer = new JudgedOffer(database.digest, images);
      this.#offers.set(id, offer);
      this.#byDigest.set(database.digest, { offer, before, state, isReleased: false, isAnnounced: false });
      return [];
    }
    const standing = this.#byDigest.get(database.digest);
    if (!standing) return [{ law: 'offered', detail: `${label} is ${state}, and was not offered` }];
    if (state === 'used') return this.#used(label, standing, content.consequences);
    // An append whose sender ended may arrive once another one has decided.
    if (standing.state === 'used') return [];
    const faults = state === 'held' ? this.#heldBy(label, standing, content.consequences) : [];
    standing.state = state === 'held' ? 'held' : 'refused';
    return faults;
  }

  #heldBy(label: string, { offer }: Standing, consequences: LossContent = none): OfferFault[] {
    const answered = offer.answeredBy(consequences);
    if (answered === undefined)
      return [{ law: 'weighed', detail: `${label} is held for ${textOf(consequences)}, and no answers have that sum` }];
    return answered.least === this.#partitions && !isBeyondLimits(consequences, this.#limits)
      ? [{ law: 'weighed', detail: `${label} is held for ${textOf(consequences)}, which is within the limits` }]
      : [];
  }

  #used(label: string, standing: Standing, consequences: LossContent = none): OfferFault[] {
    const { state, isReleased, offer } = standing;
    standing.state = 'used';
    if (state === 'used') return [];
    if (state !== 'offered')
      return isReleased ? [] : [{ law: 'offered', detail: `${label} is used, is ${state}, and was not released` }];
    const answered = offer.answeredBy(consequences);
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
    const least = offer.images.get(partition) ?? 0;
    return content.images < least
      ? [{ law: 'weighed', detail: `${label} is about ${content.images} images, and ${least} have a result` }]
      : [];
  }

  /** @param inUse the database that was announced before */
  announced(digest: string, inUse: string | undefined): OfferFault[] {
    const standing = this.#byDigest.get(digest);
    if (!standing || standing.isAnnounced || digest === inUse) return [];
    const label = `the database ${lastOf(digest)}`;
    if (standing.state !== 'used')
      return [{ law: 'offered', detail: `${label} is announced, and its offer is ${standing.state}` }];
    standing.isAnnounced = true;
    return standing.before === inUse
      ? []
      : [
          {
            law: 'offered',
            detail: `${label} was compared with ${lastOf(standing.before)}, and is announced after another`,
          },
        ];
  }
}
