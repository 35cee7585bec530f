import { RecordTooLarge, tooLargeIn } from '@assay/messaging';
import type { Observer } from './observer.ts';
import type { Program } from './program.ts';
import { speak, type Speaker, type Spoken } from './saying.ts';
import { epochOf } from './sequence.ts';
import type { Changes, Job, WantedJob } from './store.ts';
import type { Unit } from './unit.ts';

export interface Question<Heard, Said, C> {
  readonly program: Program<Heard, Said, C>;
  readonly unit: Unit<Heard, Said>;
  readonly keys: readonly string[];
  readonly config: C;
  readonly speaker: Speaker;
  /** Sequence of the last event said. */
  readonly lastSaid: string;
  readonly observer: Observer;
  readonly heardUntil?: number | undefined;
}

export interface Answers {
  readonly spoken: readonly Spoken[];
  readonly jobs: Changes['jobs'];
  /** When each key asked about wants to be asked again. */
  readonly wakes: ReadonlyMap<string, number | undefined>;
  /** When the first of the answers may hold no longer by time alone. */
  readonly lapsesAt: number | undefined;
}

/** A key that wants to be asked again at once waits this long, so that a mistake in a decision cannot spin. */
const leastWaitMs = 20;
/** A decision that threw is tried again after this long, and whenever something is heard of its key. */
const failedAgainMs = 60_000;

/** Asks the one question for each key, and folds what is said into the same unit. */
export const ask = <Heard, Said, C>({
  program,
  unit,
  keys,
  config,
  speaker,
  lastSaid,
  observer,
  heardUntil,
}: Question<Heard, Said, C>): Answers => {
  const byKey = Map.groupBy(unit.jobs, ({ key }) => key);
  const answers = {
    spoken: [] as Spoken[],
    jobs: { put: [] as Changes['jobs']['put'][number][], remove: [] as Changes['jobs']['remove'][number][] },
    wakes: new Map<string, number | undefined>(),
    lapsesAt: undefined as number | undefined,
  };
  let number = epochOf(lastSaid) === speaker.epoch ? Number(lastSaid.split('.')[1]) : 0;
  for (const key of keys) {
    const back = unit.snapshot(key);
    const known = byKey.get(key) ?? [];
    try {
      const {
        says,
        jobs: wanted = [],
        wakeAt,
        lapsesAt,
      } = program.decide(unit.state(key), { key, config, now: speaker.now, jobs: known, heardUntil });
      if (wanted.length > 0 && !program.hasJobs)
        throw new Error(`${program.app} asks for long work, and its program does not say that it may`);
      const said = says.map((draft, index) => speak(draft, key, number + index + 1, speaker));
      // Once committed it would stand in the outbox for ever, before all that the partition has to say.
      refuseTooLarge(said);
      for (const { event } of said) unit.say(key, event);
      number += said.length;
      answers.spoken.push(...said);
      answers.wakes.set(key, wakeAt === undefined ? undefined : Math.max(wakeAt, speaker.now + leastWaitMs));
      if (lapsesAt !== undefined && lapsesAt < (answers.lapsesAt ?? Infinity)) answers.lapsesAt = lapsesAt;
      answers.jobs.put.push(
        ...wanted
          .filter((job) =>
            isNews(
              known.find(({ id }) => id === job.id),
              job,
            ),
          )
          .map((job) => ({ ...job, key, enqueuedAt: speaker.now })),
      );
      answers.jobs.remove.push(
        ...known.filter(({ id }) => !wanted.some((job) => job.id === id)).map(({ id }) => ({ key, id })),
      );
    } catch (error) {
      // What was heard is right, only the answer is missing: nothing is said, and the key is asked again later.
      back();
      observer.failed(program.app, key, error);
      answers.wakes.set(key, speaker.now + failedAgainMs);
    }
  }
  return answers;
};

const refuseTooLarge = (said: readonly Spoken[]): void => {
  const tooLarge = tooLargeIn(said.map(({ record }) => record));
  if (!tooLarge) return;
  const error = new RecordTooLarge(tooLarge);
  for (const { span } of said) span.end(error);
  throw error;
};

/** A job that waits is put again when it is to be done otherwise: in another lane, or at an address that changed. */
const isNews = (known: Job | undefined, { lane, payload }: WantedJob): boolean =>
  !known ||
  (known.state === 'queued' && (known.lane !== lane || JSON.stringify(known.payload) !== JSON.stringify(payload)));
