import { InvalidArgumentError } from 'commander';

/** What a command line chooses names by, in any case. */
export const patternFrom = (text: string): RegExp => {
  try { return new RegExp(text, 'i'); } catch (error) { throw new InvalidArgumentError(`${(error as Error).message}.`); }
};
