import { definitionOf, derivedId, typeOf, type AnyEvent, type Cause } from '@assay/events';
import type { Decision, Draft, Job, Program, State } from '@assay/event-sourcing';

let made = 0;

/** An event of a topic as if it had been read from the log; ids are given out in order unless one is named. */
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

/** Asks a program about one key, as a partition worker would, and remembers what it said. */
export class Asked<Heard, Said, C> {
  state: State<Heard, Said>;
  config: C;
  now: number;
  jobs: Job[] = [];
  /** Whether all that lies in the log was heard. */
  heardAll = true;
  readonly said: AnyEvent[] = [];
  #number = 0;

  constructor(
    readonly program: Program<Heard, Said, C>,
    readonly key: string,
    now: number | string = '2026-11-24T09:15:03.000Z',
  ) {
    this.state = program.empty();
    this.config = program.noConfig;
    this.now = typeof now === 'string' ? Date.parse(now) : now;
  }

  follow(...events: AnyEvent[]): this {
    for (const event of events) this.config = this.program.follow(this.config, event);
    return this;
  }

  hear(...events: AnyEvent[]): this {
    for (const event of events) this.state = { ...this.state, heard: this.program.hear(this.state.heard, event) };
    return this;
  }

  decide(): Decision {
    return this.program.decide(this.state, {
      key: this.key,
      config: this.config,
      now: this.now,
      jobs: this.jobs,
      heardUntil: this.heardAll ? this.now : undefined,
    });
  }

  /** Asks, and folds the answer; the events that were said now. */
  ask(): AnyEvent[] {
    const { says, jobs = [] } = this.decide();
    const events = says.map((draft) => this.#spoken(draft));
    for (const event of events) this.state = { ...this.state, said: this.program.say(this.state.said, event) };
    this.said.push(...events);
    this.jobs = jobs.map(
      (wanted) =>
        this.jobs.find(({ id }) => id === wanted.id) ?? {
          ...wanted,
          partition: 0,
          key: this.key,
          state: 'queued',
          attempt: 0,
          enqueuedAt: this.now,
        },
    );
    return events;
  }

  /** Lets a job be begun, or finished with a result. */
  job(id: string, change: Partial<Job>): this {
    this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
    return this;
  }

  #spoken({ topic, data, cause, about, n = 1, key, id }: Draft): AnyEvent {
    this.#number += 1;
    return {
      id: id ?? derivedId(cause.id, typeOf(topic, definitionOf(topic)!.version), about, n),
      source: `/assay/${this.program.app}`,
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
