import type { HaltedAnswer, StandingAnswer } from '../client/answers.ts';
import { colorsOf } from './colors.ts';

type Colors = ReturnType<typeof colorsOf>;

/** Services known not to work. The state of the others may be unknown. */
export const unwell = (standings: readonly StandingAnswer[]): readonly StandingAnswer[] =>
  standings.filter(({ status }) => status === 'not-ready' || status === 'unreachable');

/** Counts standstills by service, in a line; undefined if there are none. */
export const haltedLine = (halted: readonly Pick<HaltedAnswer, 'service'>[]): string | undefined => {
  if (halted.length === 0) return undefined;
  const of = [...Map.groupBy(halted, ({ service }) => service)].map(([name, some]) => `${name} ${some.length}`);
  const count = halted.length === 1 ? '1 partition stands still' : `${halted.length} partitions stand still`;
  return (
    `${count} (${of.join(', ')}): the log differs from what the service read of it, and the waiting work does ` +
    'not continue by itself'
  );
};

export const haltedRemedy =
  '`assay halted` shows the reason; docs/operations.md, "A topic that was cut or made anew", explains how to ' +
  'continue';

/** Prints a service in one line: name, state, address and reasons. */
export const standingText = ({ name, status, address, reasons }: StandingAnswer): string =>
  `${name} is ${status === 'not-ready' ? 'not ready' : status}` +
  `${address === undefined ? '' : ` at ${address}`}${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`;

/** One line per service, for a terminal. */
export const standingLines = (standings: readonly StandingAnswer[], colors: Colors): string[] => {
  const signs = {
    ready: colors.green('ok'),
    'not-ready': colors.red('no'),
    unreachable: colors.red('no'),
    unknown: colors.yellow('??'),
  };
  return standings.map((standing) => `${signs[standing.status]} ${standingText(standing)}`);
};
