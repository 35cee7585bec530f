import type { StandingAnswer } from '../client/answers.ts';
import { colorsOf } from './colors.ts';

type Colors = ReturnType<typeof colorsOf>;

/** Services that are known not to work; of those that nobody was asked about nothing is known. */
export const unwell = (standings: readonly StandingAnswer[]): readonly StandingAnswer[] =>
  standings.filter(({ status }) => status === 'not-ready' || status === 'unreachable');

/** One line of a service: who, how, where and why. */
export const standingWords = ({ name, status, address, reasons }: StandingAnswer): string =>
  `${name} is ${status === 'not-ready' ? 'not ready' : status}${address === undefined ? '' : ` at ${address}`}${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`;

/** A line each, for a terminal. */
export const standingLines = (standings: readonly StandingAnswer[], colors: Colors): string[] => {
  const signs = {
    ready: colors.green('ok'),
    'not-ready': colors.red('no'),
    unreachable: colors.red('no'),
    unknown: colors.yellow('??'),
  };
  return standings.map((standing) => `${signs[standing.status]} ${standingWords(standing)}`);
};
