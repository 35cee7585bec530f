import { ClassificationsOfPlacement, type ClassifiedPage } from '../classifications.ts';
import type { SetEntry } from '../entries.ts';
import { placeOf, type ImagePlace } from '../place.ts';
import { kindOf, SequenceRule, type ReadRecord } from '../records.ts';

// The status of every image by the published contract alone. No code of the product: a judge never uses the code that
// it judges.

export const severities = ['Critical', 'High', 'Medium', 'Low', 'Unknown'] as const;
export type BySeverity = Readonly<Record<(typeof severities)[number], number>>;

export interface JudgedPlace extends ImagePlace {
  readonly subscriptionId: string;
}
interface Platform {
  readonly os?: string;
  readonly architecture?: string;
}
export interface JudgedPush extends JudgedPlace {
  readonly pushId: string;
  readonly pushedAt: string;
  readonly receivedAt: string;
  readonly tags: readonly string[];
  readonly origin?: string;
  readonly facts?: Platform & {
    readonly kind: string;
    readonly cannotRun?: string;
    readonly children?: readonly (Platform & { readonly digest: string; readonly kind: string })[];
  };
}
interface Verdict extends JudgedPush {
  readonly verdict: number;
  readonly kind?: string;
  readonly deadline: string;
  readonly isApproved: boolean;
}
/** The statement of an event about an image. A decline has neither a classification nor counts. */
export interface Stated extends JudgedPush {
  readonly time: string;
  readonly verdict: number;
  readonly classification: number;
  readonly status: string;
  readonly reason?: string;
  readonly bySeverity?: BySeverity;
  readonly fixable?: number;
  readonly exempt?: number;
  readonly since: string;
  /** Id of the event that caused it. */
  readonly cause: string | undefined;
  readonly database?: { readonly builtAt: string; readonly demonstration?: boolean };
  readonly os?: { readonly family?: string; readonly version?: string };
}
interface Acted {
  readonly command: string;
  readonly outcome?: string;
  readonly target: string;
  readonly details?: { readonly key?: string };
}
export interface Charged extends JudgedPlace {
  readonly chargeId: string;
  readonly amount: string;
  readonly currency: string;
  readonly chargedFor: string;
  readonly billedIn?: string;
  readonly correctionOf?: string;
}
export interface Ruled {
  readonly ruleId: string;
  readonly scope: string;
  readonly removed: boolean;
}

/** A status as lists show it, with its reason. */
export interface JudgedStatus {
  readonly status: string;
  readonly reason?: string;
}

/** A child of an index, as it answers for it. */
interface Part extends JudgedStatus {
  readonly listed?: JudgedImage;
  /** The image that it stands for. */
  readonly image?: JudgedImage;
  readonly leftOut?: string;
}

const [minuteMs, dayMs] = [60_000, 24 * 60 * 60_000];
/** Healthy by a database older than this is stale. */
const staleMs = 14 * dayMs;
export const waitMs = (origin: string | undefined): number => (origin === 'sweep' ? dayMs : 15 * minuteMs);
/** The worst first. */
export const statuses = ['unhealthy', 'undetermined', 'scanning', 'queued', 'not-applicable', 'healthy'];
const withoutResult = /^timed-out$|^(failed|cancelled)(\/|$)/;
const deepest = 3;
const parked: JudgedStatus = { status: 'undetermined', reason: 'parked' };

const isAfter = (a: Pick<Stated, 'verdict' | 'classification'>, b: typeof a | undefined): boolean =>
  b === undefined || a.verdict > b.verdict || (a.verdict === b.verdict && a.classification >= b.classification);

const lastOf = (all: readonly Stated[]): Stated | undefined =>
  all.reduce<Stated | undefined>((last, one) => (isAfter(one, last) ? one : last), undefined);

/** All that the log states of an image at one place. */
export class JudgedImage {
  readonly pushes: JudgedPush[] = [];
  /** Classifications and declines. */
  readonly answers: Stated[] = [];
  verdict: Verdict | undefined;
  classified: Stated | undefined;
  recommended: Stated | undefined;
  /** The last recommendation, by a verdict or by time alone. */
  published: Stated | undefined;
  deletedAt: string | undefined;
  /** The highest verdict whose scan began. */
  begun = 0;
  readonly sets = new ClassificationsOfPlacement();
  /** The findings that are known last. */
  entries: readonly SetEntry[] = [];

  readonly place: JudgedPlace;

  // Node runs this file without a transformation, so it has no parameter properties.
  constructor(place: JudgedPlace) {
    this.place = place;
  }

  /** @param declined what the verdict states, if it is a decline */
  judged(verdict: Verdict, declined: Stated | undefined): void {
    if (verdict.verdict >= (this.verdict?.verdict ?? 0)) this.verdict = { ...verdict, isApproved: !declined };
    if (declined) this.answers.push(declined);
  }

  found(id: string, page: ClassifiedPage, stated: Stated): void {
    this.answers.push(stated);
    if (isAfter(stated, this.classified)) this.classified = stated;
    this.sets.take(id, page, 0);
    this.entries = this.sets.shown?.entries ?? this.entries;
  }

  /** A recommendation that time alone made rests on no verdict. */
  recommend(stated: Stated): void {
    this.published = stated;
    if (stated.reason === 'stale' || stated.reason === 'overdue') return;
    if (isAfter(stated, this.recommended)) this.recommended = stated;
  }

  get push(): JudgedPush | undefined {
    return this.pushes.at(-1);
  }

  get tags(): readonly string[] {
    return (this.push ?? this.verdict)?.tags ?? [];
  }

  get head(): Stated | undefined {
    return lastOf([...(this.recommended ? [this.recommended] : []), ...this.answers]);
  }

  /** When the status began that was published or classified last. */
  get since(): string | undefined {
    const { head, recommended } = this;
    return recommended && recommended.status === head?.status && recommended.reason === head.reason
      ? recommended.since
      : head?.time;
  }

  /** The last answer to a push: a deletion later takes no assessment back. */
  answerTo(pushId: string): Stated | undefined {
    const own = this.answers.filter((answer) => answer.pushId === pushId);
    const assessed = own.filter(({ classification }) => classification > 0);
    return lastOf(assessed.length > 0 ? assessed : own);
  }

  get children() {
    const { kind, children = [] } = this.push?.facts ?? {};
    return kind === 'index' && children.some((child) => child.kind === 'image') ? children : undefined;
  }

  /** True if the findings of its last classification are not known: a change is on a set that is not there. */
  get isLost(): boolean {
    const { shown } = this.sets;
    return this.head?.verdict === this.classified?.verdict && shown !== undefined && shown.entries === undefined;
  }

  /** The counts, if a scan looked into it. */
  get counts(): Pick<Required<Stated>, 'bySeverity' | 'fixable' | 'exempt'> | undefined {
    const { head, classified } = this;
    if (!classified || withoutResult.test(classified.reason ?? '')) return undefined;
    // A decline has no counts: those before it are the last ones that are known.
    const { bySeverity, fixable = 0, exempt = 0 } = head?.bySeverity ? head : classified;
    return { bySeverity: bySeverity!, fixable, exempt };
  }

  get active(): readonly SetEntry[] {
    return this.entries.filter(({ state }) => state === 'active');
  }

  /** The step that it waits for, and until when. */
  get pending(): { readonly status: string; readonly untilMs: number } | undefined {
    const { push, verdict, head } = this;
    if (push && (!verdict || (verdict.pushId !== push.pushId && verdict.receivedAt <= push.receivedAt)))
      return { status: 'queued', untilMs: Date.parse(push.receivedAt) + waitMs(push.origin) };
    if (!verdict?.isApproved || (head && (head.verdict >= verdict.verdict || verdict.kind === 'rescan')))
      return undefined;
    return {
      status: this.begun === verdict.verdict ? 'scanning' : 'queued',
      untilMs:
        verdict.kind === 'rescan'
          ? Date.parse(verdict.receivedAt) + waitMs(push?.origin)
          : Date.parse(verdict.deadline),
    };
  }

  get isDeleted(): boolean {
    const { head, push, deletedAt } = this;
    if (head) return head.reason === 'image-deleted' && (this.children !== undefined || !this.pending);
    return deletedAt !== undefined && (!push || deletedAt >= push.pushedAt);
  }
}

/** Folds a log into all images, rules, charges and parked events. */
export class JudgedEstate {
  readonly images = new Map<string, JudgedImage>();
  readonly rules = new Map<string, Ruled>();
  readonly charges: Charged[] = [];
  /** Months that are closed. */
  readonly closed = new Set<string>();
  /** Events about registries and plans, by id. */
  readonly configured = new Map<string, string>();
  /** When each event that is parked now was parked, by its target, with the digest that it is about. */
  readonly parked = new Map<string, { readonly digest: string; readonly since: string }>();
  readonly #sequences = new SequenceRule();
  readonly #now: number;

  /** @param now ms since the epoch */
  constructor(records: readonly ReadRecord[], now: number) {
    this.#now = now;
    for (const record of records) if (this.#sequences.accepts(record)) this.#take(record);
  }

  #take(record: ReadRecord): void {
    const { ce_id: id = '', ce_time: time = '', ce_causationid: cause } = record.headers;
    const kind = kindOf(record);
    const data = <Data>(): Data => JSON.parse(record.value) as Data;
    const image = (): JudgedImage => this.#imageAt(data<JudgedPlace>());
    const stated = (): Stated => {
      const { classification = 0, ...more } = data<Omit<Stated, 'classification'> & { classification?: number }>();
      return { ...more, classification, time, cause };
    };
    switch (kind) {
      case 'registry.observed':
      case 'plan.changed':
        this.configured.set(id, kind);
        return;
      case 'period.changed':
        if (data<{ readonly state: string }>().state === 'closed')
          this.closed.add(data<{ readonly period: string }>().period);
        return;
      case 'rule.changed':
        this.rules.set(`${data<Ruled>().scope}/${data<Ruled>().ruleId}`.toLowerCase(), data<Ruled>());
        return;
      case 'operator.acted':
        return this.#acted(data<Acted>(), time);
      case 'usage.charged':
        this.charges.push(data<Charged>());
        return;
      case 'image.pushed':
        image().pushes.push(data<JudgedPush>());
        return;
      case 'image.deleted':
        image().deletedAt = data<{ readonly deletedAt: string }>().deletedAt;
        return;
      case 'scan.approved':
      case 'scan.declined':
        return image().judged(data<Verdict>(), kind === 'scan.declined' ? stated() : undefined);
      case 'scan.started':
      case 'scan.completed':
        image().begun = Math.max(image().begun, data<Verdict>().verdict);
        return;
      case 'finding.classified':
        return image().found(id, data<ClassifiedPage>(), stated());
      case 'recommendation.changed':
        return image().recommend(stated());
      default:
    }
  }

  #imageAt(place: JudgedPlace): JudgedImage {
    const known = this.images.get(placeOf(place)) ?? new JudgedImage(place);
    this.images.set(placeOf(place), known);
    return known;
  }

  #acted({ outcome, target, details }: Acted, time: string): void {
    if (outcome === 'parked' && details?.key !== undefined && !this.parked.has(target))
      this.parked.set(target, { digest: details.key, since: time });
    if (outcome === 'redriven' || outcome === 'dropped') this.parked.delete(target);
  }

  /** When the first event of an image was parked that still is. */
  parkedSince(digest: string): string | undefined {
    return [...this.parked.values()].flatMap((one) => (one.digest === digest ? one.since : [])).toSorted()[0];
  }

  standing(image: JudgedImage, depth = 0): JudgedStatus {
    const { children, isDeleted } = image;
    if (!children) return this.#own(image);
    return isDeleted ? { status: 'not-applicable', reason: 'image-deleted' } : this.#ofIndex(image, depth);
  }

  #own(image: JudgedImage): JudgedStatus {
    const { pending } = image;
    if (!pending) return this.stated(image);
    if (this.parkedSince(image.place.digest) !== undefined) return parked;
    return pending.untilMs < this.#now ? { status: 'undetermined', reason: 'overdue' } : { status: pending.status };
  }

  /** The status by the last answer, without regard to a push that waits for another one. */
  stated(image: JudgedImage): JudgedStatus {
    const { head, classified, deletedAt, begun } = image;
    if (!head)
      return deletedAt === undefined
        ? { status: begun > 0 ? 'scanning' : 'queued' }
        : { status: 'not-applicable', reason: 'image-deleted' };
    const isParked = this.parkedSince(image.place.digest) !== undefined;
    if (image.isLost || (head.status === 'healthy' && isParked)) return parked;
    const { builtAt, demonstration } = classified?.database ?? {};
    if (head.status === 'healthy' && builtAt && !demonstration && Date.parse(builtAt) + staleMs < this.#now)
      return { status: 'undetermined', reason: 'stale' };
    return { status: head.status, ...(head.reason ? { reason: head.reason } : {}) };
  }

  /** The image whose counts and age are shown: itself, or the one that an index stands for. */
  standsFor(image: JudgedImage, depth = 0): JudgedImage | undefined {
    return image.children && !image.isDeleted ? this.#worst(image, depth)?.image : image;
  }

  /** The counts of an image, or of the one that an index stands for. None of an image that does not count. */
  countsOf(image: JudgedImage, depth = 0): JudgedImage['counts'] {
    const its = this.standsFor(image, depth);
    return its && this.standing(its).status !== 'not-applicable' ? its.counts : undefined;
  }

  /** An image without a tag that an index lists: lists have it below the index alone. */
  isPart({ place, tags }: JudgedImage): boolean {
    return (
      tags.length === 0 &&
      [...this.images.values()].some(
        (index) =>
          !index.isDeleted &&
          index.children?.some(({ digest }) => placeOf({ ...index.place, digest }) === placeOf(place)),
      )
    );
  }

  /** Whether each image that an index lists was pushed. */
  hasAll({ place, children = [] }: JudgedImage): boolean {
    return children.every(({ digest }) => (this.images.get(placeOf({ ...place, digest }))?.pushes.length ?? 0) > 0);
  }

  /** The images that an index lists, at any depth. */
  below(index: JudgedImage, depth = 0): readonly JudgedImage[] {
    return this.#parts(index, depth).flatMap(({ listed }) =>
      listed ? [listed, ...(depth < deepest ? this.below(listed, depth + 1) : [])] : [],
    );
  }

  #parts(index: JudgedImage, depth: number): readonly Part[] {
    return (index.children ?? []).map((child) => {
      const listed = depth < deepest ? this.images.get(placeOf({ ...index.place, digest: child.digest })) : undefined;
      const image = listed && this.standsFor(listed, depth + 1);
      return { ...this.#part(index, child, listed, depth), ...(listed ? { listed } : {}), ...(image ? { image } : {}) };
    });
  }

  /** The worst part that answers for an index: by its status, then by its findings. */
  #worst(index: JudgedImage, depth: number): Part | undefined {
    const ranks = ({ status, image }: Part): readonly number[] => {
      const counts = image && this.countsOf(image);
      return [-statuses.indexOf(status), ...severities.map((severity) => counts?.bySeverity[severity] ?? -1)];
    };
    const byRanks = (a: Part, b: Part): number =>
      ranks(b)
        .map((rank, at) => rank - ranks(a)[at]!)
        .find((each) => each !== 0) ?? 0;
    return this.#parts(index, depth)
      .filter(({ leftOut }) => leftOut === undefined)
      .toSorted(byRanks)[0];
  }

  #ofIndex(index: JudgedImage, depth: number): JudgedStatus {
    const worst = this.#worst(index, depth);
    if (worst) return { status: worst.status, ...(worst.reason ? { reason: worst.reason } : {}) };
    const parts = this.#parts(index, depth);
    const reason = ['windows-image', 'image-deleted'].find((one) => parts.some(({ leftOut }) => leftOut === one));
    return { status: 'not-applicable', reason: reason ?? 'empty-index' };
  }

  #part(
    { push }: JudgedImage,
    claimed: Platform & { readonly digest: string },
    image: JudgedImage | undefined,
    depth: number,
  ): Part {
    if (!image) {
      if (this.parkedSince(claimed.digest) !== undefined) return { status: 'undetermined', reason: 'parked' };
      const isOverdue = Date.parse(push!.receivedAt) + waitMs(push!.origin) < this.#now;
      return isOverdue ? { status: 'undetermined', reason: 'overdue' } : { status: 'queued' };
    }
    const own = this.standing(image, depth + 1);
    const { facts } = image.push ?? {};
    if (image.isDeleted) return { ...own, leftOut: 'image-deleted' };
    if (!facts) return own.status === 'healthy' ? { status: 'queued' } : own;
    const isUnknown = claimed.os === 'unknown' && claimed.architecture === 'unknown';
    if (facts.cannotRun === 'config-type' || (facts.cannotRun !== undefined && isUnknown))
      return { ...own, leftOut: 'no-image' };
    const [isWindows, isSaidWindows] = [facts, claimed].map(({ os }) => os?.toLowerCase() === 'windows');
    if (isWindows && isSaidWindows) return { ...own, leftOut: 'windows-image' };
    const doubt = !['image', 'index'].includes(facts.kind)
      ? 'kind-unclear'
      : isWindows || differ(claimed.os, facts.os) || differ(machine(claimed), machine(facts))
        ? 'platform-unclear'
        : undefined;
    return doubt && ['healthy', 'not-applicable'].includes(own.status)
      ? { status: 'undetermined', reason: doubt }
      : own;
  }
}

const differ = (one = '', other = ''): boolean =>
  one !== '' && other !== '' && one.toLowerCase() !== other.toLowerCase();
const machine = ({ architecture }: Platform): string | undefined =>
  architecture === 'x86_64' ? 'amd64' : architecture;
