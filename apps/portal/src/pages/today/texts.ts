import { numberText } from '../../text/format.ts';
import { plural } from '../../texts.ts';

export const newTexts = {
  title: 'What is new',
  since: 'since you last looked,',
  lastDay: 'in the last 24 hours, for this browser has not looked before',
  nothing: 'Nothing is new',
  vulnerabilities: 'New vulnerabilities',
  unhealthy: 'Newly unhealthy',
  fixed: 'Fixed',
  unknown: 'Newly not known',
  again: 'Assessed again with new advisories',
  difference: (images: number, difference: string) =>
    `${plural(images, 'image')} with other findings${difference === '' ? '' : `: ${difference}`}`,
  images: (count: number) => plural(count, 'image'),
  more: (count: number) => `and ${numberText(count)} more`,
  all: 'and more',
  first: (count: number) => `Of the last ${numberText(count)} changes alone: there are more since then.`,
} as const;
