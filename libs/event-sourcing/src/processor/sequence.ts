/** `<epoch>.<number>`: the order in which the owners of a partition emitted their events. */
export const sequence = (epoch: number, number: number): string => `${epoch}.${number}`;

export const epochOf = (text: string): number => Number(text.slice(0, text.indexOf('.')));

const numberOf = (text: string): number => Number(text.slice(text.indexOf('.') + 1));

/** The number of the next event of an epoch, after the last one emitted in any epoch. */
export const numberAfter = (last: string, epoch: number): number => (epochOf(last) === epoch ? numberOf(last) : 0) + 1;

/** Negative if a comes before b. */
export const compareSequences = (a: string, b: string): number => epochOf(a) - epochOf(b) || numberOf(a) - numberOf(b);

export const beforeAll = '0.0';

/**
 * True if the last emitted event of the store is the last that consumers accepted. A fence stands for all events before
 * it.
 */
export const isStoreUpToDate = (last: string, emitted: string): boolean =>
  last === emitted || (last.endsWith('.0') && compareSequences(emitted, last) < 0);
