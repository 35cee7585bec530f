import { numberText } from '../../text/format.ts';

export const newerTexts = {
  differs: (more: number, severity: string) =>
    `is newer and has ${numberText(Math.abs(more))} ${more < 0 ? 'fewer' : 'more'} ${severity}.`,
  same: 'is newer and has as many findings of each severity.',
  unknown: (status: string) => `is newer and ${status}: no difference is known.`,
} as const;
