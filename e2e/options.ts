import { InvalidArgumentError } from 'commander';

/** What a command line chooses names by, in any case. */
export const patternFrom = (text: string): RegExp => {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
};

/** A number that a command line takes. */
export const numberFrom =
  (least: number, most: number, whole = false) =>
  (text: string): number => {
    const number = Number(text);
    if (text.trim() !== '' && number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
    throw new InvalidArgumentError(`Give a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  };
