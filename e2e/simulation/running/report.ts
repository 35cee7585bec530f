import { laws } from '../../laws/judge.ts';
import { invariants } from '../invariants/invariants.ts';
import type { ScheduleOutcome } from '../schedule.ts';
import type { Ran } from './run.ts';

export const number = (value: number): string => Math.round(value).toLocaleString('en');

const shownDetails = 3;

/** The failure of a schedule, and the command to reproduce it. */
export const failure = ({ seed, broken }: ScheduleOutcome, mutant: string | undefined): string =>
  [
    `seed ${seed} broke: ${broken[0]!.invariant}`,
    ...broken
      .slice(0, shownDetails)
      .map(
        ({ invariant, detail }) =>
          `  ${invariant === broken[0]!.invariant ? '' : `${invariant}: `}${detail.slice(0, 1500)}`,
      ),
    ...(broken.length > shownDetails ? [`  … and ${broken.length - shownDetails} more`] : []),
    '  again, with all that happens: npm run test:simulation -- --schedules 1 --seed ' +
      `${seed}${mutant ? ` --mutant ${mutant}` : ''} --trace`,
  ].join('\n');

/** Faults that are counted by the call at which they happened. */
const atCalls = /^(crash before|crash after|refused|overtaken|answer lost|late) (.+)$/;

/** How often each kind of fault happened: a kind that never happens proves nothing. */
export const faults = (counts: Ran['counts']): string => {
  const kinds = new Map<string, { times: number; calls: number }>();
  for (const [name, times] of Object.entries(counts)) {
    if (name === 'calls') continue;
    const kind = atCalls.exec(name)?.[1];
    const known = kinds.get(kind ?? name) ?? { times: 0, calls: 0 };
    kinds.set(kind ?? name, { times: known.times + times, calls: known.calls + Number(kind !== undefined) });
  }
  return [...kinds]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([kind, { times, calls }]) =>
        `  ${kind.padEnd(24)} ${number(times).padStart(12)}${calls > 0 ? `  at ${calls} kinds of calls` : ''}`,
    )
    .join('\n');
};

/** Of causes, repeats, leases, turns, bills, three of discoveries, and three of seals. */
const atEveryStep = 11 + Object.keys(laws).length - 1;

export const summary = ({ done, failed, seconds, counts }: Ran): string =>
  `${number(done)} schedules in ${seconds.toFixed(0)} s (${number(done / seconds)}/s, ` +
  `${number((counts.calls ?? 0) / Math.max(1, done))} steps each), ${invariants.length} invariants at ` +
  `the end and ${atEveryStep} at every step: ${failed.length === 0 ? 'all held' : `${number(failed.length)} failed`}`;
