import type { Topic } from '@assay/events';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import type { LoggedEvent } from '@assay/read-model/intake/history';
import type { ShownImage } from '../images/images.ts';
import type { Covered, PlacementState } from '@assay/read-model/placement/placement';
import type { ImageReads } from '../lanes.ts';

/** Topics whose events are all about one placement, or about every placement of a digest. */
const placed = [
  'image.pushed',
  'image.deleted',
  'scan.approved',
  'scan.declined',
  'scan.started',
  'scan.completed',
  'scan.reassessed',
  'finding.classified',
  'recommendation.changed',
] as const satisfies readonly Topic[];
type PlacedTopic = (typeof placed)[number];

/** Topics of a change that may cause a verdict, other than a push. */
const causes = ['plan.changed', 'registry.observed'] as const satisfies readonly Topic[];

/** An approval, and what has become known of its scan. */
export interface ApprovedScan {
  readonly approved: LoggedEvent<'scan.approved'>;
  readonly started?: LoggedEvent<'scan.started'>;
  /** All pages of the newest result. */
  readonly scan?: readonly LoggedEvent<'scan.completed'>[];
}

/** The events that led to the status of an image at one place, each as the log has it. */
export interface ImageEvents extends Partial<ApprovedScan> {
  readonly placement: PlacementState['placement'];
  readonly notification?: LoggedEvent<'notification.received'>;
  readonly pushed?: LoggedEvent<'image.pushed'>;
  readonly deleted?: LoggedEvent<'image.deleted'>;
  readonly declined?: LoggedEvent<'scan.declined'>;
  /** The change that caused the verdict, if a push did not. */
  readonly changed?: LoggedEvent<(typeof causes)[number]>;
  /** Changes of the plans of the subscription before the verdict. */
  readonly plans: readonly LoggedEvent<'plan.changed'>[];
  /** The later assessment of the image that the classification rests on, if it does not rest on the scan itself. */
  readonly reassessed?: readonly LoggedEvent<'scan.reassessed'>[];
  /** All pages of the classification that counts. */
  readonly classified?: readonly LoggedEvent<'finding.classified'>[];
  /** The rules that the classification names, and the change of a rule that caused it. */
  readonly rules: readonly LoggedEvent<'rule.changed'>[];
  /** The mark that covers the image, if one does: no event is about the image alone. */
  readonly covered?: Covered;
  /** The rules that disable findings, each with their number: the largest first. */
  readonly exemptions: readonly { readonly ruleId: string; readonly findings: number }[];
  /** Findings that are kept although their advisories are gone, by the days on which these vanished. */
  readonly kept: readonly { readonly day: string; readonly findings: number }[];
  readonly recommended?: LoggedEvent<'recommendation.changed'>;
  /** Charges of the digest in the subscription, with their corrections. */
  readonly charges: readonly LoggedEvent<'usage.charged'>[];
  /** A later push without a verdict. */
  readonly pushedAgain?: LoggedEvent<'image.pushed'>;
  /** A later approval without a classification. */
  readonly next?: ApprovedScan;
}

interface Row {
  readonly topic: string;
  readonly id: string;
  readonly cause: string | null;
  readonly correlation: string | null;
  readonly time: string;
  readonly partition: number;
  readonly offset: number;
}

/** Larger sets of pages count as missing. */
const mostPages = 500;

/** The events of one placement: their places from the tables, all else from the log. */
class PlacedEvents {
  readonly #rows: ReadonlyMap<string, readonly Row[]>;

  constructor(
    private readonly view: ImageReads,
    rows: readonly Row[],
  ) {
    this.#rows = Map.groupBy(rows, ({ topic }) => topic);
  }

  of(topic: PlacedTopic): readonly Row[] {
    return this.#rows.get(topic) ?? [];
  }

  async read<T extends Topic>(topic: T, row: Row | undefined): Promise<LoggedEvent<T> | undefined> {
    return row && this.view.history.at(topic, row.partition, row.offset);
  }

  /** The newest event of a topic, of those that meet a condition. */
  last<T extends PlacedTopic>(
    topic: T,
    isMeant: (row: Row) => boolean = () => true,
  ): Promise<LoggedEvent<T> | undefined> {
    return this.read(topic, this.of(topic).findLast(isMeant));
  }

  readonly scan = (row: Row | undefined): Promise<LoggedEvent<'scan.completed'> | undefined> =>
    this.read('scan.completed', row);

  readonly reassessment = (row: Row | undefined): Promise<LoggedEvent<'scan.reassessed'> | undefined> =>
    this.read('scan.reassessed', row);

  readonly classification = (row: Row | undefined): Promise<LoggedEvent<'finding.classified'> | undefined> =>
    this.read('finding.classified', row);
}

/** An event that is one of several pages. */
interface Paged {
  readonly event: { readonly data: { readonly page: number; readonly pages: number } };
}

/** True if these are all pages of one set. A repeated first page starts the set over. */
const isWhole = (set: readonly Paged[]): boolean =>
  set.every(({ event: { data } }, index) => data.page === index + 1 && data.pages === set.length);

/** All pages of the newest complete set among these. */
const lastSet = async <Page extends Paged>(
  rows: readonly Row[],
  read: (row: Row) => Promise<Page | undefined>,
): Promise<readonly Page[] | undefined> => {
  let set: Page[] = [];
  for (const row of rows.slice(-mostPages).toReversed()) {
    const page = await read(row);
    if (!page) continue;
    set.unshift(page);
    if (page.event.data.page !== 1) continue;
    const whole = set.slice(0, page.event.data.pages);
    if (isWhole(whole)) return whole;
    set = [];
  }
  return undefined;
};

/** All pages of the set that begins with the first of these. */
const firstSet = async <Page extends Paged>(
  rows: readonly Row[],
  read: (row: Row | undefined) => Promise<Page | undefined>,
): Promise<readonly Page[] | undefined> => {
  const first = await read(rows[0]);
  if (!first) return undefined;
  const rest = await Promise.all(rows.slice(1, Math.min(first.event.data.pages, mostPages)).map(read));
  const set = [first, ...rest.flatMap((page) => page ?? [])];
  return isWhole(set) ? set : undefined;
};

/** The events of an image at one place that its status rests on. */
export const imageEventsOf = async (
  view: ImageReads,
  { id, state: { placement, covered } }: Pick<ShownImage, 'id' | 'state'>,
): Promise<ImageEvents> => {
  const events = new PlacedEvents(view, await view.read((query) => rowsOf(query, id, placement.digest)));
  const declined = await events.last('scan.declined');
  const classified = await lastSet(events.of('finding.classified'), events.classification);
  const isDeclined = (declined?.event.data.verdict ?? 0) > (classified?.[0]?.event.data.verdict ?? 0);
  const answer: Partial<ImageEvents> = isDeclined && declined ? { declined } : await scanBehind(events, classified);
  const answered = isDeclined ? declined : classified?.[0];
  const newest = await events.last('scan.approved');
  const isOpen = newest !== undefined && newest.event.data.verdict > (answered?.event.data.verdict ?? 0);
  const open = isOpen ? await scanOf(events, newest) : undefined;
  const chain = answered ? answer : (open ?? {});
  const verdict = isDeclined ? declined : answered ? answer.approved : open?.approved;
  const pushes = await pushesOf(events, (answered ?? newest)?.event.data.pushId, newest);
  const first = events.of('image.pushed').find(({ cause }) => cause === pushes.pushed?.event.causationid);
  const subscription = placement.subscriptionId.toLowerCase();
  const head = classified?.[0]?.event;
  const rules = new Set([head?.causationid, ...(head?.data.basis ?? []).map((text) => text.split('/').at(-1))]);
  const deleted = await events.last('image.deleted', ({ time }) => time >= (pushes.pushed?.event.time ?? ''));
  const recommended = await events.last('recommendation.changed');
  const changed = await changeBehind(view, events, verdict);
  const notification = first?.cause
    ? await view.history.notification(placement.digest, first.cause, Date.parse(first.time))
    : undefined;
  return {
    placement,
    ...pushes,
    ...chain,
    ...(notification ? { notification } : {}),
    ...(deleted ? { deleted } : {}),
    ...(changed ? { changed } : {}),
    ...(covered ? { covered } : {}),
    plans: verdict
      ? await view.history.config(
          'plan.changed',
          ({ data, time }) => data.subscriptionId.toLowerCase() === subscription && time <= verdict.event.time,
        )
      : [],
    rules: head ? await view.history.config('rule.changed', ({ id: rule }) => rules.has(rule)) : [],
    exemptions: await view.read((query) => exemptionsOf(query, id)),
    kept: await view.read((query) => keptOf(query, id)),
    ...(recommended ? { recommended } : {}),
    charges: await chargesOf(view, placement),
    ...(answered && open ? { next: open } : {}),
  };
};

const rowsOf = async (query: RunQuery, id: string, digest: string): Promise<readonly Row[]> => {
  const rows = await query<Omit<Row, 'offset'> & { offset: bigint }>(
    `select topic, id, any_value(cause) as cause, any_value(correlation) as correlation, min(time) as time,
      any_value(partition) as partition, min("offset") as "offset"
    from timeline where image = $id::uuid or (digest = $digest and topic = 'scan.reassessed')
    group by topic, id order by min("offset")`,
    { id, digest },
  );
  return rows.map((row) => ({ ...row, offset: Number(row.offset) }));
};

/** From the table, since a classification may have a change alone. */
const exemptionsOf = (query: RunQuery, id: string): Promise<{ ruleId: string; findings: number }[]> =>
  query(
    `select coalesce(rule_id, 'unnamed') as "ruleId", count(*)::integer as findings from findings
    where image = $id::uuid and state = 'exempt' group by 1 order by 2 desc, 1`,
    { id },
  );

const keptOf = (query: RunQuery, id: string): Promise<{ day: string; findings: number }[]> =>
  query(
    `select left(advisory_removed->>'at', 10) as day, count(*)::integer as findings from findings
    where image = $id::uuid and advisory_removed is not null group by 1 order by 1`,
    { id },
  );

/** The push that was answered, and a later one that was not. */
const pushesOf = async (
  events: PlacedEvents,
  pushId: string | undefined,
  newest: LoggedEvent<'scan.approved'> | undefined,
): Promise<Pick<ImageEvents, 'pushed' | 'pushedAgain'>> => {
  const last = await events.last('image.pushed');
  if (!last) return {};
  const isOf = (id: string | undefined): boolean => last.event.data.pushId === id;
  if (pushId === undefined || isOf(pushId)) return { pushed: last };
  const pushed = await events.last('image.pushed', ({ correlation }) => correlation === pushId);
  if (!pushed) return { pushed: last };
  return isOf(newest?.event.data.pushId) ? { pushed } : { pushed, pushedAgain: last };
};

/**
 * A classification names the first page of the scan that it rests on, whose approval caused it, or that of a
 * reassessment, which followed on the scan of its verdict.
 */
const scanBehind = async (
  events: PlacedEvents,
  classified: ImageEvents['classified'],
): Promise<Partial<ApprovedScan> & Pick<ImageEvents, 'classified' | 'reassessed'>> => {
  const first = classified?.[0]?.event;
  if (!classified || !first) return {};
  const named = [...first.data.basis, first.causationid];
  const from = (rows: readonly Row[]): readonly Row[] => {
    const begin = rows.findIndex(({ id }) => named.includes(id));
    return begin < 0 ? [] : rows.slice(begin);
  };
  const reassessed = await firstSet(from(events.of('scan.reassessed')), events.reassessment);
  const scan = reassessed
    ? await lastSet(events.of('scan.completed'), async (row) => {
        const page = await events.scan(row);
        return page?.event.data.verdict === first.data.verdict ? page : undefined;
      })
    : await firstSet(from(events.of('scan.completed')), events.scan);
  const approval = scan?.[0]?.event.causationid;
  const approved = await events.last('scan.approved', ({ id }) => id === approval);
  const started = approved && (await events.last('scan.started', ({ cause }) => cause === approval));
  return {
    classified,
    ...(reassessed ? { reassessed } : {}),
    ...(scan ? { scan } : {}),
    ...(approved ? { approved } : {}),
    ...(started ? { started } : {}),
  };
};

const scanOf = async (events: PlacedEvents, approved: LoggedEvent<'scan.approved'>): Promise<ApprovedScan> => {
  const isOfIt = ({ cause }: Row): boolean => cause === approved.event.id;
  const started = await events.last('scan.started', isOfIt);
  const scan = await lastSet(events.of('scan.completed').filter(isOfIt), events.scan);
  return { approved, ...(started ? { started } : {}), ...(scan ? { scan } : {}) };
};

/** The change of config that caused a verdict; undefined if a push, a deletion or a recall did. */
const changeBehind = async (
  view: ImageReads,
  events: PlacedEvents,
  verdict: LoggedEvent<'scan.approved' | 'scan.declined'> | undefined,
): Promise<ImageEvents['changed']> => {
  const cause = verdict?.event.causationid;
  if (cause === undefined || events.of('image.pushed').some(({ id }) => id === cause)) return undefined;
  for (const topic of causes) {
    const [changed] = await view.history.config(topic, ({ id }) => id === cause);
    if (changed) return changed;
  }
  return undefined;
};

/** A charge belongs to the subscription: another repository may have brought it. */
const chargesOf = async (
  view: ImageReads,
  { digest, subscriptionId }: PlacementState['placement'],
): Promise<readonly LoggedEvent<'usage.charged'>[]> => {
  const rows = await view.read((query) =>
    query<{ partition: number; first: bigint }>(
      `select any_value(partition) as partition, min("offset") as first from timeline
      where digest = $digest and topic = 'usage.charged' group by id order by first`,
      { digest },
    ),
  );
  const charges = await Promise.all(
    rows.map(({ partition, first }) => view.history.at('usage.charged', partition, Number(first))),
  );
  return charges
    .flatMap((charge) => charge ?? [])
    .filter(({ event: { data } }) => data.subscriptionId.toLowerCase() === subscriptionId.toLowerCase());
};
