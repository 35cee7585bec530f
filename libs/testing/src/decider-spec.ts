import { definitionOf, derivedId, isConfigTopic, present, typeOf, type AnyEvent, type Cause } from '@assay/events';
import type { Decision, EventDraft, Job, Decider, Marks, State } from '@assay/event-sourcing';

let made = 0;

/** An event of a topic as if read from the log. Ids are assigned in order unless one is given. */
export const eventOf = (
  topic: AnyEvent['topic'],
  subject: string,
  data: object,
  more: Partial<AnyEvent> = {},
): AnyEvent => {
  made += 1;
  const id = more.id ?? `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
  return {
    id,
    source: '/assay/test',
    subject,
    time: '2026-11-24T09:15:02.500Z',
    correlationid: id,
    sequence: `1.${made}`,
    topic,
    data,
    ...more,
  };
};

/** Runs a decider for one key, as a partition worker would, and records the emitted events. */
export class DeciderSpec<Received, Emitted, C> {
  state: State<Received, Emitted>;
  config: C;
  now: number;
  jobs: Job[] = [];
  /** The last marks of the partition. */
  marks: Marks = {};
  isBehindMark = false;
  /** Whether all records of the log were received. */
  hasReceivedAll = true;
  /** Whether the survey of the partition let end what is due. */
  isSurveyed = true;
  readonly emitted: AnyEvent[] = [];
  #number = 0;
  /** Number of config events so far, by topic. */
  readonly #configEnds = new Map<string, number>();

  constructor(
    readonly decider: Decider<Received, Emitted, C>,
    readonly key: string,
    now: number | string = '2026-11-24T09:15:03.000Z',
  ) {
    this.state = decider.empty();
    this.config = decider.noConfig;
    this.now = typeof now === 'string' ? Date.parse(now) : now;
  }

  givenConfig(...events: AnyEvent[]): this {
    for (const event of events) {
      const offset = this.#configEnds.get(event.topic) ?? 0;
      this.#configEnds.set(event.topic, offset + 1);
      this.config = this.decider.evolveConfig(this.config, event, offset);
    }
    return this;
  }

  given(...events: AnyEvent[]): this {
    for (const event of events)
      this.state = { ...this.state, received: this.decider.evolveReceived(this.state.received, event) };
    return this;
  }

  decide(): Decision {
    return this.decider.decide(this.state, {
      key: this.key,
      config: this.config,
      now: this.now,
      jobs: this.jobs,
      receivedUntil: this.hasReceivedAll ? this.now : undefined,
      isSurveyed: this.isSurveyed,
      marks: this.marks,
      isBehindMark: this.isBehindMark,
      note: this.state.note,
    });
  }

  /** Decides, folds the emitted events into the state, keeps the note, and returns the events. */
  when(): AnyEvent[] {
    const { events: drafts, jobs = [], note } = this.decide();
    const events = drafts.map((draft) => this.#eventOf(draft));
    for (const event of events.filter(({ topic }) => !isConfigTopic(topic)))
      this.state = { ...this.state, emitted: this.decider.evolveEmitted(this.state.emitted, event) };
    const { received, emitted } = this.state;
    this.state = { received, emitted, ...(note === undefined ? {} : { note }) };
    this.emitted.push(...events);
    // As in the stores: a job that is there keeps its turn, and changes only while it waits.
    this.jobs = jobs.map((wanted) => {
      const known = this.jobs.find(({ id }) => id === wanted.id);
      if (known) return known.state === 'queued' ? { ...known, ...wanted } : known;
      return { ...wanted, partition: 0, key: this.key, state: 'queued', attempt: 0, enqueuedAt: this.now };
    });
    return events;
  }

  /** Changes a job, for example to leased, or to finished with a result. */
  job(id: string, change: Partial<Job>): this {
    this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
    return this;
  }

  #eventOf({ topic, data, cause, idempotencyKey, occurrence = 1, key, id }: EventDraft): AnyEvent {
    this.#number += 1;
    const { version } = present(definitionOf(topic), `definition of ${topic}`);
    return {
      id: id ?? derivedId(cause.id, typeOf(topic, version), idempotencyKey, occurrence),
      source: `/assay/${this.decider.app}`,
      subject: key ?? this.key,
      time: new Date(this.now).toISOString(),
      causationid: cause.id,
      correlationid: cause.correlationid,
      sequence: `1.${this.#number}`,
      topic,
      data,
    };
  }
}

export const causedBy = ({ id, correlationid }: AnyEvent): Cause => ({ id, correlationid: correlationid ?? id });
