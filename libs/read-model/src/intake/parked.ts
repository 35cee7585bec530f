import { flow, present, targetIn, targetOf, type AssayEvent, type Decoded, type Target } from '@assay/events';
import type { LogRecord } from '@assay/messaging';
import type { Cell, RunQuery } from '../store/duckdb.ts';
import { droppedIn, halting } from '../placement/halted-digests.ts';

/**
 * An event that a service, or this view, could not handle. It halts its key until an operator acts. Kept after that,
 * too.
 */
export interface ParkedEvent {
  readonly target: string;
  readonly service: string;
  readonly topic: string;
  readonly key: string | undefined;
  readonly id: string | undefined;
  readonly correlation: string | undefined;
  /** `code: message` */
  readonly why: string;
  /** When it was parked. */
  readonly since: string;
  /** Result of the latest event about it. */
  readonly outcome: 'parked' | 'redriven' | 'dropped';
  readonly reportedAt: string;
  /** Id of the event that reported the outcome, and of the order, if any, that it answers. */
  readonly emittedIn: string | undefined;
  readonly answers: string | undefined;
}

type Acted = AssayEvent<'operator.acted'>;

const services: readonly string[] = [...flow.map(({ app }) => app), 'view'];

const rowOf = ({ data, id, correlationid, causationid, time }: Acted, { app, topic }: Target): ParkedEvent => {
  const details = (data.details ?? {}) as { readonly key?: unknown; readonly id?: unknown };
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    target: data.target,
    service: app,
    topic,
    key: text(details.key),
    id: text(details.id),
    correlation: correlationid,
    why: data.why,
    since: time,
    outcome: 'parked',
    reportedAt: time,
    emittedIn: id,
    answers: causationid,
  };
};

/** Sorts by service in the order of the flow, then by topic, partition and offset. */
export const inOrder = (a: string, b: string): number => {
  const [left, right] = [present(targetIn(a), 'target'), present(targetIn(b), 'target')];
  return (
    services.indexOf(left.app) - services.indexOf(right.app) ||
    left.topic.localeCompare(right.topic) ||
    left.partition - right.partition ||
    left.offset - right.offset
  );
};

const nameOf = (topic: string, id: string): string => `${topic}/${id}`;

/** Parked events as stored in the view. */
export class ParkedEvents {
  readonly #byTarget = new Map<string, ParkedEvent>();
  readonly #halted = new Map<string, Set<string>>();
  /** Targets of events that the view could not read, including those released since, by topic and id. */
  readonly #unread = new Map<string, string>();

  /** Digests of healthy images that may have findings by a classification which the view left out. */
  dropped: ReadonlySet<string> = new Set();

  static async stored(query: RunQuery): Promise<ParkedEvents> {
    const all = new ParkedEvents();
    all.dropped = await droppedIn(query);
    const rows = await query<Record<keyof ParkedEvent, string | null>>(
      'select target, service, topic, key, id, correlation, why, since, outcome, said_at as "reportedAt", ' +
        'said_in as "emittedIn", answers from parked',
    );
    all.take(
      rows.map(
        (row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, value ?? undefined]),
          ) as unknown as ParkedEvent,
      ),
    );
    return all;
  }

  take(changes: Iterable<ParkedEvent>): void {
    for (const event of changes) {
      const before = this.#byTarget.get(event.target);
      if (before) this.#released(before);
      this.#byTarget.set(event.target, event);
      if (event.service === 'view' && event.id !== undefined)
        this.#unread.set(nameOf(event.topic, event.id), event.target);
      if (event.key === undefined || event.outcome !== 'parked' || !halting.includes(event.service)) continue;
      this.#halted.set(event.key, (this.#halted.get(event.key) ?? new Set()).add(event.target));
    }
  }

  #released({ key = '', target }: ParkedEvent): void {
    const targets = this.#halted.get(key);
    targets?.delete(target);
    if (targets?.size === 0) this.#halted.delete(key);
  }

  get(target: string): ParkedEvent | undefined {
    return this.#byTarget.get(target);
  }

  /** Target of the event with that id that the view could not read. */
  unread(topic: string, id: string): string | undefined {
    return this.#unread.get(nameOf(topic, id));
  }

  halts(digest: string): boolean {
    return this.#halted.has(digest) || this.dropped.has(digest);
  }

  /** When the first event of an image was parked that still stands, or that was dropped; as `halts` has it in SQL. */
  haltedSince(digest: string): string | undefined {
    const dropped = [...(this.dropped.has(digest) ? this.#byTarget.values() : [])].filter(
      ({ key, service, outcome }) => key === digest && outcome === 'dropped' && halting.includes(service),
    );
    const parked = [...(this.#halted.get(digest) ?? [])].flatMap((target) => this.get(target) ?? []);
    return [...parked, ...dropped]
      .map(({ since }) => since)
      .filter((since) => since !== '')
      .toSorted()[0];
  }

  /** The first parked event of the same service, topic and key: it is at fault, and those behind it only wait. */
  first(event: ParkedEvent): ParkedEvent {
    const line = this.all().filter(
      ({ service, topic, key }) => service === event.service && topic === event.topic && key === event.key,
    );
    return event.service === 'view' ? event : (line.toSorted((a, b) => inOrder(a.target, b.target))[0] ?? event);
  }

  /**
   * Events that the view parked and no service did. What both parked is one event to operators: releasing that of the
   * service releases that of the view.
   */
  ofViewAlone(): readonly ParkedEvent[] {
    const all = this.all();
    const place = ({ target, service }: ParkedEvent): string => target.slice(service.length);
    const ofServices = new Set(all.filter(({ service }) => service !== 'view').map(place));
    return all.filter((event) => event.service === 'view' && !ofServices.has(place(event)));
  }

  /** Events that are parked now as operators see them: lists and numbers have each once. */
  once(): readonly ParkedEvent[] {
    return [...this.all().filter(({ service }) => service !== 'view'), ...this.ofViewAlone()];
  }

  /** Number of events that are parked now, by service. Those of the view alone count for recommendation, its owner. */
  counts(): ReadonlyMap<string, number> {
    const owner = ({ service }: ParkedEvent): string => (service === 'view' ? 'recommendation' : service);
    return new Map([...Map.groupBy(this.once(), owner)].map(([service, each]) => [service, each.length]));
  }

  /** Events that are parked now. */
  all(): readonly ParkedEvent[] {
    return [...this.#byTarget.values()].filter(({ outcome }) => outcome === 'parked');
  }
}

/** Changes of parked events by a batch. */
export class ParkedChanges {
  readonly #changed = new Map<string, ParkedEvent>();
  readonly #unread = new Map<string, string>();
  /** Records that this view parked and must read again, with the event that redrives them. */
  readonly again = new Map<string, Acted>();

  constructor(private readonly known: Pick<ParkedEvents, 'get' | 'unread'>) {}

  take(event: Acted): void {
    const target = targetIn(event.data.target);
    const { command, outcome } = event.data;
    if (!target || command === 'halt' || command === 'resume') return;
    if (command === 'park') this.#park(rowOf(event, target));
    else if (outcome === 'redriven' || outcome === 'dropped') {
      this.#release(rowOf(event, target), outcome);
      this.#letGo(event, target, outcome);
    } else if (outcome === 'ordered' && target.app === 'view')
      this.#letGo({ ...event, causationid: event.id }, target, command === 'drop' ? 'dropped' : 'redriven');
  }

  /**
   * Keeps an unreadable record among the parked events, as the view has no store to park it in. So it is shown, not
   * lost.
   */
  setAside(record: LogRecord, { code, message, id, sequence }: Extract<Decoded, { kind: 'invalid' }>): void {
    // A repeat of a parked event: an operator who releases the first must not have to release the repeat.
    if (id !== undefined && sequence !== undefined && this.#isElsewhere(record, id)) return;
    const at = (app: string): string => targetOf({ app, ...record });
    if (
      services
        .map((app) => this.#get(at(app)))
        .some((row) => row?.outcome === 'dropped' && (row.id === undefined || id === undefined || row.id === id))
    )
      return;
    const time = record.headers.ce_time ?? '';
    this.#put({
      target: at('view'),
      service: 'view',
      topic: record.topic,
      key: record.key,
      id,
      correlation: record.headers.ce_correlationid,
      why: `${code}: ${message}`,
      since: time,
      outcome: 'parked',
      reportedAt: time,
      emittedIn: undefined,
      answers: undefined,
    });
  }

  #isElsewhere({ topic, partition, offset }: LogRecord, id: string): boolean {
    const first = this.#unread.get(nameOf(topic, id)) ?? this.known.unread(topic, id);
    return first !== undefined && first !== targetOf({ app: 'view', topic, partition, offset });
  }

  /** Records the result of reading again: handled, or the reason why it still cannot be read. */
  readAgain(target: string, by: Acted, why: string | undefined): void {
    const row = { ...present(this.#get(target), 'parked event'), reportedAt: by.time, answers: by.causationid };
    this.#put(why === undefined ? { ...row, outcome: 'redriven' } : { ...row, why });
  }

  /** A released event keeps the time at which it was parked. */
  #release(row: ParkedEvent, outcome: 'redriven' | 'dropped'): void {
    this.#put({ ...row, outcome, since: this.#get(row.target)?.since ?? row.since });
  }

  /** The view also releases a record that its service released. */
  #letGo(event: Acted, target: Target, outcome: 'redriven' | 'dropped'): void {
    const own = targetOf({ ...target, app: 'view' });
    if (outcome === 'redriven' && this.#get(own)?.outcome === 'parked') this.again.set(own, event);
    if (outcome === 'dropped') this.#release({ ...rowOf(event, { ...target, app: 'view' }), target: own }, outcome);
  }

  #park(row: ParkedEvent): void {
    const known = this.#get(row.target);
    // An owner that lost the partition may append late what the next owner appended as well.
    if (known && known.outcome !== 'parked' && known.reportedAt >= row.reportedAt) return;
    this.#put(known?.outcome === 'parked' ? { ...row, since: known.since } : row);
  }

  #get(target: string): ParkedEvent | undefined {
    return this.#changed.get(target) ?? this.known.get(target);
  }

  #put(event: ParkedEvent): void {
    this.#changed.set(event.target, event);
    if (event.service === 'view' && event.id !== undefined)
      this.#unread.set(nameOf(event.topic, event.id), event.target);
  }

  get changed(): readonly ParkedEvent[] {
    return [...this.#changed.values()];
  }

  get rows(): Map<string, readonly Cell[]> {
    return new Map(
      this.changed.map(
        ({ target, service, topic, key, id, correlation, why, since, outcome, reportedAt, emittedIn, answers }) => [
          target,
          [target, service, topic, key, id, correlation, why, since, outcome, reportedAt, emittedIn, answers],
        ],
      ),
    );
  }
}
