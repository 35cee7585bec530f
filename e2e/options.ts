import { InvalidArgumentError } from 'commander';

/** Parses a pattern that selects names on a command line, case-insensitive. */
export const patternFrom = (text: string): RegExp => {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
};

/** Parses a number from a command line. */
export const numberFrom =
  (least: number, most: number, whole = false) =>
  (text: string): number => {
    const number = Number(text);
    if (text.trim() !== '' && number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
    throw new InvalidArgumentError(`Give a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  };
