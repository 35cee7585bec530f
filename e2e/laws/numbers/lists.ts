import type { SetEntry } from '../entries.ts';
import {
  severities,
  statuses,
  type BySeverity,
  type Charged,
  type JudgedEstate,
  type JudgedImage,
  type JudgedPush,
  type JudgedStatus,
  waitMs,
} from './images.ts';

// The numbers of every list by the published contract alone. No code of the product: a judge never uses the code that
// it judges.

/** ListNumbers by the name of the answer that has them. */
export type ListNumbers = Readonly<Record<string, unknown>>;

/** A finding that is known last of an image. */
interface Found extends SetEntry {
  readonly image: JudgedImage;
}

const dayMs = 24 * 60 * 60_000;
const unknownStatuses = ['undetermined', 'queued', 'scanning'];
const isOfLanguage = (type: string): boolean => type === 'npm';

const noCounts = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
const deadlineOf = ({ receivedAt, origin }: JudgedPush): number => Date.parse(receivedAt) + waitMs(origin);
const countsOf = (found: readonly SetEntry[]): BySeverity =>
  Object.fromEntries(
    severities.map((severity) => [severity, found.filter((each) => each.severity === severity).length]),
  ) as unknown as BySeverity;
const rankOf = ({ severity }: SetEntry): number => severities.indexOf(severity as (typeof severities)[number]);
const worstOf = (found: readonly SetEntry[]) => severities[Math.min(...found.map(rankOf))];
const imagesOf = (found: readonly Found[]): number => new Set(found.map(({ image }) => image)).size;
const isFixable = ({ fixedVersion = '' }: SetEntry): boolean => fixedVersion !== '';
const isHigh = (found: SetEntry): boolean => rankOf(found) <= 1;
const isActive = ({ state }: SetEntry): boolean => state === 'active';
const withoutCharge = ({ charge: _charge, ...row }: Readonly<Record<string, unknown>>): object => row;
/** Sorts by text, as the answers are sorted before they are compared. */
export const byName = <One>(ones: Iterable<readonly [string, One]>): Record<string, One> =>
  Object.fromEntries([...ones].toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** An exact sum of decimal texts with at most two decimals. */
export const sumOf = (amounts: readonly string[]): string =>
  (amounts.reduce((cents, amount) => cents + Math.round(Number(amount) * 100), 0) / 100).toFixed(2);

type Outcome = 'assessed' | 'notApplicable' | 'undetermined' | 'onItsWay' | 'missing';
const outcomeBy = ({ status }: JudgedStatus): Outcome =>
  status === 'not-applicable'
    ? 'notApplicable'
    : status === 'healthy' || status === 'unhealthy'
      ? 'assessed'
      : status === 'undetermined'
        ? 'undetermined'
        : 'onItsWay';

/** The numbers of a log, for the images of one subscription or of all. */
export class JudgedLists {
  readonly #estate: JudgedEstate;
  readonly #images: readonly JudgedImage[];
  readonly #subscription: string | undefined;
  readonly #now: number;

  constructor(estate: JudgedEstate, now: number, subscription?: string) {
    this.#estate = estate;
    this.#now = now;
    this.#subscription = subscription;
    this.#images = [...estate.images.values()].filter(({ place }) => this.#isIn(place));
  }

  #isIn({ subscriptionId }: { readonly subscriptionId: string }): boolean {
    return this.#subscription === undefined || subscriptionId === this.#subscription;
  }

  /** False for an image that is not applicable or deleted: none of its findings counts. */
  #counts(image: JudgedImage): boolean {
    return !image.isDeleted && this.#estate.standing(image).status !== 'not-applicable';
  }

  /** The findings that are known of the images that count. */
  get #found(): readonly Found[] {
    return this.#images
      .filter((image) => this.#counts(image))
      .flatMap((image) => image.entries.map((entry) => ({ ...entry, image })));
  }

  /** The images that are below no other one. */
  get #listed(): readonly JudgedImage[] {
    return this.#images.filter((image) => !this.#estate.isPart(image));
  }

  /** Unknown images, and unknown parts of indexes that are not unknown themselves. */
  get #unknown(): number {
    const isUnknown = (image: JudgedImage): boolean => unknownStatuses.includes(this.#estate.standing(image).status);
    const below = new Set(this.#images.filter(isUnknown).flatMap((image) => this.#estate.below(image)));
    return this.#images.filter((image) => isUnknown(image) && !(this.#estate.isPart(image) && below.has(image))).length;
  }

  get all(): ListNumbers {
    return {
      images: this.#totals(),
      ...Object.fromEntries(
        severities.map((severity, rank) => [
          `images of ${severity}`,
          this.#totals((image) =>
            severities.slice(0, rank + 1).some((each) => (this.#estate.countsOf(image)?.bySeverity[each] ?? 0) > 0),
          ),
        ]),
      ),
      'images with a fix': this.#totals((image) => (this.#estate.countsOf(image)?.fixable ?? 0) > 0),
      'images with a critical fix': this.#totals(
        (image) =>
          this.#counts(image) &&
          [image, ...this.#estate.below(image)].some(
            (one) => this.#counts(one) && one.active.some((each) => each.severity === 'Critical' && isFixable(each)),
          ),
      ),
      'each image': byName(this.#images.map((image) => [nameOf(image), this.#row(image)])),
      'each image of the list': byName(this.#listed.map((image) => [nameOf(image), this.#row(image)])),
      'each image as CSV': byName(this.#listed.map((image) => [nameOf(image), withoutCharge(this.#row(image))])),
      vulnerabilities: this.#vulnerabilities(this.#found, isActive),
      'vulnerabilities with hidden ones': this.#vulnerabilities(this.#found, () => true),
      'high vulnerabilities': this.#vulnerabilities(this.#found.filter(isHigh), isActive),
      fixes: this.#fixes(isFixable),
      'high fixes': this.#fixes((found) => isFixable(found) && isHigh(found)),
      'images today': this.#today(),
      'ages of findings': this.#ages(),
      pushes: this.#pushes(),
      causes: this.#causes(),
      ...(this.#subscription === undefined ? { exemptions: this.#exemptions() } : {}),
      'records of Resource Graph': this.#records(),
      'charges by month': this.#months(),
      'closed months': byName(Object.entries(this.#months()).filter(([month]) => this.#estate.closed.has(month))),
    };
  }

  #totals(isMeant: (image: JudgedImage) => boolean = () => true): object {
    const meant = this.#listed.filter(isMeant);
    const count = (status: string): number =>
      meant.filter((image) => this.#estate.standing(image).status === status).length;
    return {
      total: meant.length,
      counts: byName(statuses.map((status) => [status, count(status)])),
      hidden: meant.reduce((sum, image) => sum + (this.#estate.countsOf(image)?.exempt ?? 0), 0),
    };
  }

  #row(image: JudgedImage): Record<string, unknown> {
    const { status, reason } = this.#estate.standing(image);
    const since = this.#sinceOf(image);
    const charge = this.#charge(image);
    return {
      status,
      ...(reason ? { reason } : {}),
      ...this.#estate.countsOf(image),
      ...(since ? { since } : {}),
      ...(charge ? { charge } : {}),
    };
  }

  /** When the status began; of a parked image, when its first event was parked. */
  #sinceOf(image: JudgedImage): string | undefined {
    const its = this.#estate.standsFor(image);
    const isParked = this.#estate.standing(image).reason === 'parked';
    return (isParked && its ? this.#estate.parkedSince(its.place.digest) : undefined) ?? its?.since;
  }

  /** The rest of the charge for an image after its credits. */
  #charge({ place }: JudgedImage): string | undefined {
    const own = this.#estate.charges.filter(
      ({ subscriptionId, digest }) => subscriptionId === place.subscriptionId && digest === place.digest,
    );
    return own.length === 0 ? undefined : sumOf(own.map(({ amount }) => amount));
  }

  #vulnerabilities(all: readonly Found[], isShown: (found: Found) => boolean): object {
    const rows = [...Map.groupBy(all.filter(isShown), ({ vulnerability }) => vulnerability)].map(
      ([id, shown]): [string, object] => {
        const every = all.filter(({ vulnerability }) => vulnerability === id);
        return [
          id,
          {
            severity: worstOf(shown),
            findings: shown.length,
            images: imagesOf(shown),
            exempt: imagesOf(every) - imagesOf(every.filter(isActive)),
            fixable: imagesOf(shown.filter(isFixable)),
          },
        ];
      },
    );
    return { total: rows.length, unknownImages: this.#unknown, rows: byName(rows) };
  }

  #fixes(isClosed: (found: Found) => boolean): object {
    const active = this.#found.filter(isActive);
    const systemOf = ({ packageType, image: { classified } }: Found): string =>
      isOfLanguage(packageType) ? '' : `${classified?.os?.family ?? ''} ${classified?.os?.version ?? ''}`.trim();
    const groupOf = (found: Found): string =>
      [found.packageType, found.sourcePackage ?? found.package, systemOf(found)].join(' | ');
    return byName(
      [...Map.groupBy(active.filter(isClosed), groupOf)].map(([group, closed]) => {
        const reached = new Set(closed.map(({ image }) => image));
        return [
          group,
          {
            closes: closed.length,
            of: active.filter(({ image }) => reached.has(image)).length,
            images: reached.size,
            bySeverity: countsOf(closed),
          },
        ];
      }),
    );
  }

  /** Images by the status that was published last; one with a parked event is not healthy. */
  #today(): object {
    const groups = { healthy: 0, undetermined: 0, notApplicable: 0, unhealthyBySeverity: { ...noCounts } };
    for (const { children, published, place } of this.#images) {
      if (children || !published || published.reason === 'image-deleted') continue;
      const { status, bySeverity } = published;
      const worst = severities.find((severity) => (bySeverity?.[severity] ?? 0) > 0) ?? 'Unknown';
      if (status === 'unhealthy') groups.unhealthyBySeverity[worst] += 1;
      else if (status === 'not-applicable') groups.notApplicable += 1;
      else if (status === 'healthy' && !this.#estate.parkedSince(place.digest)) groups.healthy += 1;
      else groups.undetermined += 1;
    }
    return groups;
  }

  #ages(): object {
    const limits = [7, 30, 90, 180];
    const active = this.#found.filter(isActive);
    const bucketOf = ({ firstSeenAt = '' }: SetEntry): number =>
      limits.filter((days) => this.#now - Date.parse(firstSeenAt) >= days * dayMs).length;
    return [...limits, undefined].map((_, bucket) => countsOf(active.filter((one) => bucketOf(one) === bucket)));
  }

  #pushes(): object {
    const sums = { pushed: 0, assessed: 0, notApplicable: 0, undetermined: 0, onItsWay: 0, missing: 0 };
    for (const image of this.#images) {
      const known = new Set(image.pushes.map(({ pushId }) => pushId));
      const others = image.answers.filter(({ pushId }) => !known.has(pushId));
      sums.pushed += image.pushes.length;
      // An answer to a push that never came has its outcome all the same.
      for (const push of [...image.pushes, ...new Map(others.map((answer) => [answer.pushId, answer])).values()])
        sums[this.#outcomeOf(image, push)] += 1;
    }
    return sums;
  }

  /** A push that a later one overtook has the answer of the first one behind it that has one. */
  #outcomeOf(image: JudgedImage, push: JudgedPush): Outcome {
    const isOver = deadlineOf(push) < this.#now;
    if (image.children)
      return this.#estate.hasAll(image) ? outcomeBy(this.#estate.standing(image)) : isOver ? 'missing' : 'onItsWay';
    const [answer] = [push, ...image.pushes.filter(({ receivedAt }) => receivedAt > push.receivedAt)]
      .toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1))
      .flatMap(({ pushId }) => image.answerTo(pushId) ?? []);
    const isParked = this.#estate.parkedSince(image.place.digest) !== undefined;
    if (isParked && (answer === undefined || answer.status === 'healthy')) return 'undetermined';
    return answer ? outcomeBy(answer) : isOver ? 'missing' : 'onItsWay';
  }

  #exemptions(): object {
    return byName(
      [...this.#estate.rules.values()].map(({ ruleId, scope }): [string, object] => {
        const hidden = this.#found.filter(
          (found) =>
            !isActive(found) &&
            found.ruleId === ruleId &&
            `${found.image.place.registryId}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()),
        );
        return [`${scope} ${ruleId}`, { exempted: hidden.length, fixable: hidden.filter(isFixable).length }];
      }),
    );
  }

  /** The cause of each decline that counts: its registry, or the plan of its subscription. */
  #causes(): object {
    return byName(
      this.#images.flatMap((image): [string, string][] => {
        const topic = this.#estate.configured.get(image.head?.cause ?? '');
        return topic === undefined || this.#counts(image) ? [] : [[nameOf(image), topic.split('.')[0]!]];
      }),
    );
  }

  /** The records of the shape of 2020: unhealthy ones by its three severities, and one for each healthy image. */
  #records(): object {
    const unhealthy = this.#images
      .filter(({ head, isLost }) => !isLost && (head?.status === 'unhealthy' || head?.status === 'healthy'))
      .flatMap(({ active }) => active);
    const { Critical, High, Medium, Low, Unknown } = countsOf(unhealthy);
    const healthy = this.#images.filter((image) => !image.children && this.#estate.stated(image).status === 'healthy');
    return { High: Critical + High, Medium: Medium + Unknown, Low, healthy: healthy.length };
  }

  #months(): object {
    const own = this.#estate.charges.filter((charge) => this.#isIn(charge));
    const monthOf = ({ billedIn, chargedFor }: Charged): string => billedIn ?? chargedFor.slice(0, 7);
    return byName(
      [...Map.groupBy(own, monthOf)].map(([month, charges]) => [
        month,
        `${sumOf(charges.map(({ amount }) => amount))} ${charges[0]!.currency}, ${charges.length}`,
      ]),
    );
  }
}

/** The name of an image at its place, in answers and in the log. */
const nameOf = ({ place: { registryId, repository, digest } }: Pick<JudgedImage, 'place'>): string =>
  `${registryId} ${repository} ${digest}`;
