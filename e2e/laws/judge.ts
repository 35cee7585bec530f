import { Announcements, type AnnouncedContent } from './announcements.ts';
import { ClassificationsOfPlacement, type ClassifiedPage, type ShownSet } from './classifications.ts';
import { factsOf, groupOf, sumOf, type SetEntry } from './entries.ts';
import { faultOfKept, isAgreed, type NamedDatabase } from './missed.ts';
import { faultsOfMark, isExcepted, markIn, type MarkContent } from './marks.ts';
import {
  OfferJudge,
  type AnswerContent,
  type LossesOf,
  type OfferContent,
  type OfferLimits,
  type StandingEntries,
} from './offers.ts';
import { placeOf, registryIn, shortly, type ImagePlace } from './place.ts';
import { fence, kindOf, mark as markType, SequenceRule, type ReadRecord } from './records.ts';
import { ResultsOfDigest, type EndedScan, type ScannedPage } from './results.ts';

export const laws = {
  shown: 'what is shown with a database is what it gives',
  sets: 'all changes make the set whose sum is published',
  marks: 'a mark covers only what was assessed',
  order: 'no result takes the place of a newer one',
  news: 'nothing is published about an image that stands as before',
  covered: 'no image is left behind by the announced database',
  kept: 'a finding whose advisory vanished stays until a later database agrees',
  offered: 'a database that was offered is announced only once it may be used',
  weighed: 'answers to an offer are about all results, and add up to what is decided by',
} as const;
type Law = keyof typeof laws;

/** A database is soon too old by then. */
const agingMs = 6 * 24 * 60 * 60_000;

export interface LawFault {
  readonly law: Law;
  /** The image that it is about; absent if it is about a mark as a whole. */
  readonly digest?: string;
  readonly detail: string;
}

/** The world outside of the log, as far as it is known. */
export interface LawTruth {
  /** The findings that a build of the scanner gives for an image with a database, all by digest, if known. */
  found(digest: string, database: string, build: string): readonly SetEntry[] | undefined;
  /** Whether the system of an image is past its end of life, to a database. Undefined if unknown. */
  isEndOfLife(digest: string, database: string): boolean | undefined;
  /** Whether a database has no advisories of the release of an image. Undefined if unknown. */
  isUncovered(digest: string, database: string): boolean | undefined;
  /** Whether this build of the scanner has assessed the image with the database. Undefined if unknown. */
  isAssessed(digest: string, database: string, build: string): boolean | undefined;
  /** The consequences beyond which a database is held. Absent: offers are judged elsewhere, or not at all. */
  readonly hold?: OfferLimits;
  /** Partitions of the runner, each of which answers an offer. */
  readonly partitions?: number;
  /** The losses of a database against the one before it. Absent: unknown. */
  readonly lossesOf?: LossesOf;
}

/** The verdicts on a placement in the log, 0 without one. */
interface Verdicts {
  approved: number;
  declined: number;
  /** The last one that was answered, and the one whose scan gave the result that the placement has. -1 without one. */
  answered: number;
  scanned: number;
}

/** True if the second is a change of the first that changes nothing but, perhaps, the database. */
const isSameClassification = (before: ShownSet, after: ShownSet): boolean => {
  const stated = ({ head: { verdict, result, status, reason, os, system }, entries }: ShownSet): string =>
    JSON.stringify([verdict, result, status, reason, os, system, entries]);
  return after.head.content === 'change' && stated(before) === stated(after);
};

/** An image as a result or a classification has it. */
interface Claimed {
  readonly digest: string;
  /** The build of the scanner, by its digest. */
  readonly scanner: string;
  readonly entries: readonly SetEntry[];
  readonly endOfLife: boolean | undefined;
  readonly isUncovered: boolean;
}

const isKept = ({ advisoryRemoved }: SetEntry): boolean => advisoryRemoved !== undefined;

/** The image without what is kept: no database gives that. */
const claimedBy = ({ head: { digest, os, scanner, uncovered } }: ShownSet, entries: readonly SetEntry[]): Claimed => ({
  digest,
  scanner: scanner.digest,
  entries: entries.filter((entry) => !isKept(entry)),
  endOfLife: os?.endOfLife,
  isUncovered: uncovered?.system !== undefined,
});

/** A mark of the runner, with the number and the offset of the result of each digest before it. */
interface RunnerMark {
  readonly mark: MarkContent;
  readonly results: ReadonlyMap<string, number>;
  readonly scannedAt: ReadonlyMap<string, number>;
}

/** One partition of the topics with results and findings. */
class JudgedPartition {
  readonly digests = new Map<string, ResultsOfDigest>();
  readonly placements = new Map<string, ClassificationsOfPlacement>();
  readonly runnerMarks: RunnerMark[] = [];
  /** The last mark of each topic. */
  readonly lastMarks = new Map<string, MarkContent>();
  /** Offset of the last event with a result of each digest, and of the last one that the classifier left out. */
  readonly scannedAt = new Map<string, number>();
  readonly droppedAt = new Map<string, number>();
  /** The digest of each result that was parked, by its offset. */
  readonly parked = new Map<string, string>();
  /**
   * Digests with a result whose drop an operator ordered. The report of the drop may come after what rests on it: both
   * are appended at once, to different topics.
   */
  readonly lost = new Set<string>();
}

/** The data of `operator.acted`. */
interface ActedContent {
  readonly command: string;
  readonly outcome?: string;
  /** Service, topic, partition and offset of an event; or `scanner/` or `database/` and a digest. */
  readonly target: string;
  readonly details?: { readonly key?: string };
}

const got = <Value>(of: Map<string, Value>, key: string, make: () => Value): Value => {
  const known = of.get(key) ?? make();
  of.set(key, known);
  return known;
};

/**
 * Follows the log from its beginning by the published contract, and judges the laws of sets and marks after every
 * record: each record is the end of a prefix that some consumer has read.
 */
export class LawJudge {
  readonly announcements = new Announcements();
  readonly #sequences = new SequenceRule();
  readonly #verdicts = new Map<string, Verdicts>();
  readonly #partitions = new Map<string, JudgedPartition>();
  /** Digests of the builds of scanners that were recalled. */
  readonly #recalled = new Set<string>();
  readonly #recalledDatabases = new Set<string>();

  readonly #truth: LawTruth;
  readonly #offers: OfferJudge | undefined;

  // Node runs this file without a transformation, so it has no parameter properties.
  constructor(truth: LawTruth) {
    this.#truth = truth;
    const { hold, partitions = 1, lossesOf } = truth;
    this.#offers = hold ? new OfferJudge(hold, partitions, lossesOf) : undefined;
  }

  /** @returns what is broken once the record was read */
  take(record: ReadRecord): LawFault[] {
    const { ce_type: type, ce_id: id = '' } = record.headers;
    if (!this.#sequences.accepts(record) || type === fence) return [];
    if (type === markType) return this.#marked(record);
    const kind = kindOf(record);
    const data = <Data>(): Data => JSON.parse(record.value) as Data;
    switch (kind) {
      case 'advisories.updated':
        return this.#announced(record.offset, data<AnnouncedContent>());
      case 'advisories.offered':
        return this.#offers?.offered(id, data<OfferContent>(), this.#standing()) ?? [];
      case 'advisories.weighed':
        return this.#offers?.weighed(data<AnswerContent>()) ?? [];
      case 'scan.approved':
      case 'scan.declined': {
        const judged = data<ImagePlace & { readonly verdict: number }>();
        const verdicts = this.#verdictsOn(judged);
        const side = kind === 'scan.approved' ? 'approved' : 'declined';
        verdicts[side] = Math.max(verdicts[side], judged.verdict);
        return [];
      }
      case 'operator.acted':
        this.#acted(data<ActedContent>());
        return [];
      case 'scan.completed':
      case 'scan.reassessed':
        if (data<ScannedPage>().result !== undefined)
          this.#partition(record.partition).scannedAt.set(data<ScannedPage>().digest, record.offset);
        return this.#scanned(record.partition, id, kind, data<ScannedPage>());
      case 'finding.classified':
        return this.#classified(record.partition, id, data<ClassifiedPage>());
      default:
        return [];
    }
  }

  /**
   * Faults once no work is left: each image that is to be assessed, and can be, stands on the database that was
   * announced last, by the announced build if there is one, and by none that was recalled. None at all is healthy by a
   * recalled database, or in doubt by another. An image is left out if an operator dropped what came last of it, now or
   * before the last mark: that excepts it.
   * @param isScannable whether a scanner can assess the image in the placement
   */
  atEnd(isScannable: (place: ImagePlace) => boolean): LawFault[] {
    const { newest } = this.announcements;
    if (newest === undefined) return [];
    const counts = (build: string): boolean =>
      !this.#recalled.has(build) && (newest.build === undefined || newest.build === build);
    return [...this.#partitions.values()].flatMap((partition) =>
      [...partition.placements.values()].flatMap(({ shown, covering }): LawFault[] => {
        if (!shown || isLeftOut(partition, shown.head)) return [];
        const newestOf = covering.at(-1)?.database ?? shown.head.database;
        const isRecalled = this.#recalledDatabases.has(newestOf.digest);
        const isDoubted = shown.head.reason === 'database-recalled';
        if (isRecalled ? shown.head.status === 'healthy' : isDoubted)
          return [
            {
              law: 'covered',
              digest: shown.head.digest,
              detail:
                `${shortly(placeOf(shown.head))} is ${isDoubted ? 'in doubt' : 'healthy'} by ` +
                `${lastOf(newestOf.digest)}, which is ${isRecalled ? '' : 'not '}recalled`,
            },
          ];
        if (!isScannable(shown.head)) return [];
        const { approved, declined } = this.#verdictsOn(shown.head);
        const databases = [shown.head.database.digest, ...covering.map(({ database }) => database.digest)];
        const { status, reason, scanner } = shown.head;
        if (declined > approved) return [];
        const late = shown.entries?.find((entry) => isKept(entry) && isOver(partition, shown.head, entry, newestOf));
        if (late)
          return [
            {
              law: 'kept',
              digest: shown.head.digest,
              detail: `${shortly(placeOf(shown.head))} keeps ${factsOf([late])}, and ${lastOf(newestOf.digest)} agrees`,
            },
          ];
        // A scan whose processes all ended, or that took too long, is tried again with the next database.
        const isTried = shown.isAssessed || reason === 'failed/lease-expired' || reason === 'failed/timeout';
        if (isTried && newestOf.digest === newest.digest && counts(scanner.digest)) return [];
        return [
          {
            law: 'covered',
            digest: shown.head.digest,
            detail:
              `${shortly(placeOf(shown.head))} is ${status}${reason ? `/${reason}` : ''} by ` +
              `${databases.map(lastOf).join(', ')} and build ${lastOf(scanner.digest)}` +
              `${this.#recalled.has(scanner.digest) ? ', which is recalled' : ''}, and ${lastOf(newest.digest)} ` +
              `${newest.build === undefined ? '' : `with build ${lastOf(newest.build)} `}is announced`,
          },
        ];
      }),
    );
  }

  /** True if readers have findings of an image that count although their advisories are gone. */
  keeps(place: ImagePlace): boolean {
    return [...this.#partitions.values()].some(({ placements }) =>
      placements.get(placeOf(place))?.shown?.entries?.some((entry) => isKept(entry) && entry.state === 'active'),
    );
  }

  #announced(offset: number, content: AnnouncedContent): LawFault[] {
    const faults = this.#offers?.announced(content.database.digest, this.announcements.newest?.digest) ?? [];
    this.announcements.add(offset, content);
    return faults;
  }

  #standing(): StandingEntries {
    return new Map(
      [...this.#partitions].map(([partition, { digests }]) => [
        Number(partition),
        new Map([...digests].flatMap(([digest, { standing }]) => (standing ? [[digest, standing.entries]] : []))),
      ]),
    );
  }

  /** Faults of answers to offers, once no work is left. */
  misweighed(): LawFault[] {
    return this.#offers?.atEnd() ?? [];
  }

  #acted({ command, outcome, target, details }: ActedContent): void {
    if (command === 'release' && outcome === 'ordered' && target.startsWith('database/'))
      this.#offers?.released(target.slice('database/'.length));
    if (command === 'recall' && target.startsWith('scanner/')) this.#recalled.add(target.slice('scanner/'.length));
    if (command === 'recall' && outcome === 'ordered' && target.startsWith('database/'))
      this.#recalledDatabases.add(target.slice('database/'.length));
    const [, partition = '', offset] = /^classifier\/scan\.completed\/(\d+)\/(\d+)$/.exec(target) ?? [];
    if (offset === undefined) return;
    const { parked, lost, droppedAt } = this.#partition(Number(partition));
    const digest = details?.key ?? parked.get(offset);
    if (digest === undefined) return;
    if (outcome === 'parked') parked.set(offset, digest);
    if (command === 'drop') lost.add(digest);
    if (outcome === 'dropped') droppedAt.set(digest, Math.max(Number(offset), droppedAt.get(digest) ?? 0));
  }

  #verdictsOn(place: ImagePlace): Verdicts {
    return got(this.#verdicts, placeOf(place), () => ({ approved: 0, declined: 0, answered: 0, scanned: -1 }));
  }

  #partition(partition: number): JudgedPartition {
    return got(this.#partitions, `${partition}`, () => new JudgedPartition());
  }

  #scanned(partition: number, id: string, kind: string, page: ScannedPage): LawFault[] {
    const results = got(this.#partition(partition).digests, page.digest, () => new ResultsOfDigest());
    const stoodOn = this.#isHeld(results) ? results.covering.map(({ database }) => database.digest) : [];
    const ended = results.take(id, kind, page);
    if (!ended) return [];
    const { head, fault, standing } = ended;
    const label = `${kind} ${id} of ${shortly(page.digest)}`;
    if (fault !== undefined) return [{ law: 'sets', digest: page.digest, detail: `${label}: ${fault}` }];
    if (kind === 'scan.completed') this.#answered(head as ScannedPage & ImagePlace, results);
    if (!standing) return [];
    results.covering = [];
    this.#offers?.resulted(partition, standing.digest, standing.entries);
    return [
      ...this.#misshown(label, standing, head.database.digest, 'shown'),
      ...this.#outOfOrder(label, ended, stoodOn),
      ...(kind === 'scan.reassessed' ? this.#noNews(label, ended, this.#partition(partition)) : []),
    ];
  }

  /** A scan that fails leaves a placement without a result; a rescan that fails leaves the one before it. */
  #answered(head: ScannedPage & ImagePlace, { places }: ResultsOfDigest): void {
    const { verdict = 0, outcome = 'succeeded', kind } = head;
    const verdicts = this.#verdictsOn(head);
    places.add(placeOf(head));
    if (verdict < verdicts.answered) return;
    verdicts.answered = verdict;
    if (outcome === 'succeeded') verdicts.scanned = verdict;
    else if (kind !== 'rescan') verdicts.scanned = -1;
  }

  /**
   * Faults if an image was assessed again, and the event states nothing else than the one before. It is owed all the
   * same if a mark of the database stands before it, if the last mark excepts its registries, or if one of the
   * databases grows old.
   */
  #noNews(label: string, { head, standing, before }: EndedScan, { runnerMarks, digests }: JudgedPartition): LawFault[] {
    if (!standing || !before || head.content !== 'change' || before.facts !== standing.facts) return [];
    const [one, other] = [before, standing].map(({ entries }) => sumOf(entries));
    const announced = this.announcements.firstOf(head.database.digest) ?? 0;
    const isMarked = runnerMarks.some(({ mark }) => mark.announced >= announced);
    const { digest } = standing;
    const { registries = [] } = runnerMarks.at(-1)?.mark ?? {};
    const isLeftOut =
      registries.length > 0 &&
      !this.#isHeld(digests.get(digest)!, (place) =>
        registries.every(({ registryId }) => registryId !== registryIn(place)),
      );
    const isAging = [before, standing].some(
      ({ builtAt = '' }) => Date.parse(head.startedAt ?? '') - Date.parse(builtAt) > agingMs,
    );
    if (one!.count !== other!.count || one!.sum !== other!.sum || isMarked || isLeftOut || isAging) return [];
    const detail = `${label}: result ${standing.result} states what result ${before.result} states`;
    return [{ law: 'news', digest, detail }];
  }

  /**
   * Faults if a result takes the place of a newer one.
   * @param stoodOn digests of the databases by which the one before was assessed again without a change
   */
  #outOfOrder(label: string, { standing, before }: EndedScan, stoodOn: readonly string[]): LawFault[] {
    if (!standing || before?.scanner !== standing.scanner) return [];
    const newer = [before.database, ...stoodOn].find((each) => this.announcements.isOlder(standing.database, each));
    if (newer === undefined) return [];
    const { digest, result, database } = standing;
    const detail = `${label}: result ${result} by ${lastOf(database)} takes the place of one by ${lastOf(newer)}`;
    return [{ law: 'order', digest, detail }];
  }

  /** True if a placement holds the result: its last answer was a success, and no decline came after it. */
  #isHeld({ places }: ResultsOfDigest, counts: (place: string) => boolean = () => true): boolean {
    return [...places].some(
      (place) => counts(place) && this.#isStanding(this.#verdicts.get(place), (verdicts) => verdicts.scanned),
    );
  }

  #classified(partition: number, id: string, page: ClassifiedPage): LawFault[] {
    const { placements, digests } = this.#partition(partition);
    const placement = got(placements, placeOf(page), () => new ClassificationsOfPlacement());
    const { shown: before, covering } = placement;
    const taken = placement.take(id, page, this.#verdictsOn(page).declined);
    if (!taken) return [];
    const { shown } = placement;
    const label = `finding.classified ${id} of ${shortly(placeOf(page))}`;
    if (taken.fault !== undefined)
      return [{ law: taken.isLate ? 'order' : 'sets', digest: page.digest, detail: `${label}: ${taken.fault}` }];
    placement.covering = [];
    const known = covering.at(-1)?.database ?? before?.head.database;
    if (before && shown && isSameClassification(before, shown) && known?.digest === shown.head.database.digest)
      return [{ law: 'news', digest: page.digest, detail: `${label}: it states what readers know` }];
    if (!shown?.entries || !shown.isAssessed) return [];
    const result = digests.get(page.digest)?.shown.get(shown.head.result ?? 0);
    const [kept, given] = [true, false].map((is) => shown.entries!.filter((entry) => isKept(entry) === is)) as [
      SetEntry[],
      SetEntry[],
    ];
    const facts = factsOf(given);
    return [
      ...miskept(label, this.#partition(partition), shown, before, kept),
      ...(shown.head.result !== undefined && result !== facts
        ? [
            {
              law: 'sets' as const,
              digest: page.digest,
              detail: `${label}: it rests on result ${shown.head.result}, ${result}, and shows ${facts}`,
            },
          ]
        : []),
      ...(this.#isStanding(this.#verdictsOn(page), () => shown.verdict)
        ? this.#misshown(label, claimedBy(shown, shown.entries), shown.head.database.digest, 'shown')
        : []),
    ];
  }

  #marked(record: ReadRecord): LawFault[] {
    const mark = markIn(record);
    const { topic, partition, headers } = record;
    const judged = this.#partition(partition);
    const label = `the mark ${headers.ce_id} on ${topic}/${partition} of ${lastOf(mark.database.digest)}`;
    const faults = faultsOfMark(mark, judged.lastMarks.get(topic), this.announcements).map((detail): LawFault => ({
      law: 'marks',
      detail: `${label} ${detail}`,
    }));
    judged.lastMarks.set(topic, mark);
    return [
      ...faults,
      ...(topic === 'scan.completed'
        ? this.#markedResults(judged, mark, label)
        : this.#markedFindings(judged, mark, label)),
    ];
  }

  #markedResults(judged: JudgedPartition, mark: MarkContent, label: string): LawFault[] {
    const standing = [...judged.digests].filter(
      ([digest, results]) =>
        results.standing !== undefined &&
        this.#isHeld(results, (place) => !isExcepted(mark, digest, registryIn(place))),
    );
    const numbers = new Map<string, number>();
    for (const [digest, each] of judged.digests) if (each.standing) numbers.set(digest, each.standing.result);
    judged.runnerMarks.push({ mark, results: numbers, scannedAt: new Map(judged.scannedAt) });
    for (const [, each] of standing) each.covering.push(mark);
    return standing.flatMap(([digest, each]) =>
      this.#miscovered(`${label} covers ${shortly(digest)}`, each.standing!, mark),
    );
  }

  #markedFindings(judged: JudgedPartition, mark: MarkContent, label: string): LawFault[] {
    const answered = judged.runnerMarks.filter((each) => each.mark.announced === mark.announced);
    if (answered.length === 0) return [{ law: 'marks', detail: `${label} answers no mark of the runner` }];
    const faults: LawFault[] = [];
    for (const placement of judged.placements.values()) {
      const { shown } = placement;
      if (!shown || isExcepted(mark, shown.head.digest, shown.head.registryId)) continue;
      const { digest, registryId, result = 0 } = shown.head;
      placement.covering.push(mark);
      if (!shown.isAssessed || !shown.entries) continue;
      if (!this.#isStanding(this.#verdictsOn(shown.head), () => shown.verdict)) continue;
      const covers = `${label} covers ${shortly(placeOf(shown.head))}`;
      if (
        !answered.some(
          (each) => !isExcepted(each.mark, digest, registryId) && (each.results.get(digest) ?? 0) <= result,
        )
      )
        faults.push({
          law: 'marks',
          digest,
          detail:
            `${covers}, which stands on result ${result}, and the mark before it is of a later one, or ` + 'excepts it',
        });
      faults.push(...this.#miscovered(covers, claimedBy(shown, shown.entries), mark));
    }
    return faults;
  }

  /**
   * False if a decline came after the answer: then the image is shown as declined, and no mark or rule that still meets
   * its findings vouches for them.
   */
  #isStanding(verdicts: Verdicts | undefined, answered: (verdicts: Verdicts) => number): boolean {
    return verdicts !== undefined && verdicts.declined <= answered(verdicts);
  }

  /** Faults if an image is not what the database of a mark gives to the announced build. */
  #miscovered(label: string, claimed: Claimed, { announced, database }: MarkContent): LawFault[] {
    const { build = claimed.scanner } = this.announcements.of(announced) ?? {};
    const { digest, scanner } = claimed;
    return build === scanner
      ? this.#misshown(label, claimed, database.digest, 'marks')
      : [
          {
            law: 'marks',
            digest,
            detail: `${label}, a result of build ${lastOf(scanner)} and not of ${lastOf(build)}`,
          },
        ];
  }

  /** Faults if an image is not what the database gives to the build of its result. */
  #misshown(label: string, claimed: Claimed, database: string, law: Law): LawFault[] {
    const { digest, scanner, entries, endOfLife, isUncovered } = claimed;
    const expected = this.#truth.found(digest, database, scanner);
    const shows = factsOf(entries);
    if (expected !== undefined && factsOf(expected) !== shows)
      return [
        { law, digest, detail: `${label}: ${lastOf(database)} gives ${factsOf(expected)}, and shown is ${shows}` },
      ];
    const isPast = this.#truth.isEndOfLife(digest, database);
    if (isPast !== undefined && endOfLife !== undefined && isPast !== endOfLife)
      return [{ law, digest, detail: `${label}: ${lastOf(database)} gives a system whose end of life is ${isPast}` }];
    const isMissing = this.#truth.isUncovered(digest, database);
    if (isMissing !== undefined && isMissing !== isUncovered)
      return [{ law, digest, detail: `${label}: ${lastOf(database)} lacks its release: ${isMissing}` }];
    return this.#truth.isAssessed(digest, database, scanner) === false
      ? [
          {
            law: 'marks',
            digest,
            detail: `${label}: no scanner of build ${lastOf(scanner)} with ${lastOf(database)} has assessed it`,
          },
        ]
      : [];
  }
}

/**
 * True if the classifier left out the last event of an image: an operator gave up what that would have shown. An event
 * behind it may be about another placement, so the image waits for the next mark.
 */
const isLeftOut = (
  { scannedAt, droppedAt, runnerMarks, lastMarks }: JudgedPartition,
  { digest, registryId }: ImagePlace,
): boolean => {
  const dropped = droppedAt.get(digest) ?? -1;
  if (dropped >= (scannedAt.get(digest) ?? 0)) return true;
  const last = lastMarks.get('finding.classified');
  const answered = runnerMarks.filter(({ mark }) => mark.announced === last?.announced);
  return (
    last !== undefined &&
    isExcepted(last, digest, registryId) &&
    answered.some((each) => dropped >= (each.scannedAt.get(digest) ?? 0))
  );
};

/**
 * Faults if a classification keeps other findings than those whose advisories vanished and no database agreed on. None
 * after an operator had an event of the image dropped: the set before was lost then.
 */
const miskept = (
  label: string,
  { digests, lost }: JudgedPartition,
  { head }: ShownSet,
  before: ShownSet | undefined,
  kept: readonly SetEntry[],
): LawFault[] => {
  const { digest, result = 0, database } = head;
  const missed = digests.get(digest)?.missed.get(result);
  if (missed === undefined || lost.has(digest)) return [];
  const known = { result: before?.head.result ?? 0, entries: before?.entries ?? [] };
  const fault = faultOfKept(kept, missed, database, known);
  return fault === undefined ? [] : [{ law: 'kept', digest, detail: `${label}: ${fault}` }];
};

/** True if the database agrees that the advisory of an entry is gone. */
const isOver = (
  { digests }: JudgedPartition,
  { digest, result = 0 }: ClassifiedPage,
  entry: SetEntry,
  database: NamedDatabase,
): boolean =>
  digests
    .get(digest)
    ?.missed.get(result)
    ?.some((each) => groupOf(each.entry) === groupOf(entry) && isAgreed(each, database)) ?? false;

const lastOf = (digest: string): string => `…${digest.slice(-4)}`;
