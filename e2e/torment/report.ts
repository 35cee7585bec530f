import { countsOf } from './checker/check.ts';
import { faultKinds } from './checker/fault.ts';
import type { TormentOutcome } from './run.ts';

const mostShown = 20;

/** The report of a run: its events and the checker's verdict, in lines. */
export const report = ({
  pushes,
  notifications: { lost, repeated },
  databases,
  torments,
  queries,
  restarts,
  dropped,
  seals,
  shortened,
  ownEnds,
  verdict: { records, repeats, void: late, unreadable, givenUp, faults },
}: TormentOutcome): string[] => {
  const counts = countsOf(faults);
  return [
    `pushes            ${pushes}, of whose notifications ${lost} were lost and ${repeated} repeated`,
    `databases         ${[...databases].map(([outcome, times]) => `${times} x ${outcome}`).join(', ') || 'none'}`,
    ...[...torments]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${String(count).padStart(17)} ${name}`),
    `greedy queries    ${[...queries].map(([answer, times]) => `${times} x ${answer}`).join(', ')}`,
    `restarts          ${restarts} of services, ${ownEnds.length} of them after an end of their own`,
    ...ownEnds.slice(0, mostShown).map((line) => `    ${line}`),
    `parked            ${dropped} events, dropped in the end`,
    `seals             ${seals.counted}, and ${seals.ignored} that came second`,
    `cut               ${shortened.description}; ${shortened.stoodStill} partitions stood still until ` +
      'they were ordered on',
    `records           ${records} read, of which ${repeats.bySequence} repeats dropped by sequence, ` +
      `${repeats.byId} by id, ${late} too late from fenced owners, and ${unreadable} that nobody can read`,
    ...(givenUp > 0 ? [`given up          ${givenUp}, after three attempts that were killed`] : []),
    ...faultKinds.flatMap((kind) => [
      `${kind.padEnd(17)} ${counts[kind]}`,
      ...faults
        .filter((fault) => fault.kind === kind)
        .slice(0, mostShown)
        .map(({ detail }) => `    ${detail}`),
    ]),
  ];
};
