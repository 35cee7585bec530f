import { setTimeout as pause } from 'node:timers/promises';
import { ownJavaDatabase } from '@assay/events';
import type { DatabaseOutcome, RunnerAnswer } from '../client/answers.ts';
import { Failure } from '../terminal/failure.ts';

const everyMs = 1_000;
const mostSeconds = 120;

interface ProofPorts {
  readonly runners: () => Promise<readonly RunnerAnswer[]>;
  readonly progress: (line: string) => void;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** A note of a runner, and no other refusal of which it may tell. */
const isRefusal = /^the announced (Java )?database of \S+ \(\S+\) is refused/;

/** The databases that are in use after an order, by their digests: of vulnerabilities, and of Java archives. */
const digestsIn = ({ digest, java }: DatabaseOutcome): readonly [string, string?] =>
  java?.digest === undefined || java.outcome === 'failed' ? [digest] : [digest, java.digest];

const hasTaken = ({ database }: RunnerAnswer, [digest, java]: readonly [string, string?]): boolean =>
  database?.digest === digest && (java === undefined || [java, ownJavaDatabase].includes(database.java ?? ''));

/** A runner with a database of its operator takes no other. */
const isOwn = ({ notes }: RunnerAnswer): boolean => notes.some((note) => note.includes(' is not taken, because '));

/**
 * Waits until the runners have proven what an order announced: each lets old packages find what they are known for (the
 * canary), and switches only then. Where the order announced nothing, a refusal of before counts, and nothing else.
 *
 * @returns the result in one line, if there is one
 * @throws Failure `refused` if a runner refuses it, `not-in-time` if one has not decided within two minutes
 */
export const provenOf = async (
  outcome: DatabaseOutcome,
  { runners, progress, wait = pause }: ProofPorts,
): Promise<string | undefined> => {
  const digests = digestsIn(outcome);
  const isAwaited = [outcome.outcome, outcome.java?.outcome].includes('updated');
  const concerns = (note: string): boolean => digests.some((each) => each !== undefined && note.includes(each));
  let pending: readonly string[] = [];
  for (let seconds = 0; seconds < mostSeconds; seconds += everyMs / 1000) {
    const all = await runners().catch((error: unknown) => error as Error);
    if (all instanceof Failure && all.reason === 'failed') return `the canary is not awaited: ${all.message}`;
    if (all instanceof Error) pending = [all.message];
    else {
      const refusal = all.flatMap(({ notes }) => notes).find((note) => isRefusal.test(note) && concerns(note));
      if (refusal !== undefined) throw refused(refusal);
      if (!isAwaited) return undefined;
      if (all.every(({ status }) => status === 'unknown'))
        return ['the canary is not awaited: no runner is known', ...all.flatMap(({ reasons }) => reasons)].join(', ');
      const judges = all.filter((each) => !isOwn(each));
      if (judges.length === 0) return 'the runners keep a database of their operator: `assay doctor` names the setting';
      const waiting = judges.filter((each) => !hasTaken(each, digests));
      if (waiting.length === 0) return 'its canary has passed, and the runners scan by it';
      pending = waiting.flatMap(({ notes, reasons }) => [...notes.filter(concerns), ...reasons]);
    }
    progress(`database: waiting for the canary of the runners, ${seconds} s`);
    await wait(everyMs);
  }
  throw new Failure(
    'not-in-time',
    `it is announced, and a runner has not proven it within ${mostSeconds} s: ` +
      (pending.join('; ') || 'it gives no reason'),
    'the runner goes on by itself, and the database before serves until then: `assay doctor` shows its state',
  );
};

/** The note has steps of its own, which are the runner's. */
const refused = (note: string): Failure =>
  new Failure(
    'refused',
    `refused by ${note.includes('canary') ? 'the canary' : 'a runner'}: ${note.split('. To do: ')[0] ?? note}`,
    'put the one before to use (`assay database list` and `use`), or recall this one (`assay database recall`)',
  );
