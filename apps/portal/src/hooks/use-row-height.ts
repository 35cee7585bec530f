import { useSyncExternalStore } from 'react';

/** Widths at which rows have another height: those of the style sheets. */
const widths = ['(max-width: 700px)', '(min-width: 2400px)', '(min-width: 3400px)'];

const subscribe = (changed: () => void): (() => void) => {
  const queries = widths.map((width) => matchMedia(width));
  for (const query of queries) query.addEventListener('change', changed);
  return () => {
    for (const query of queries) query.removeEventListener('change', changed);
  };
};

/** Height of a row in rem, as the style sheet of the table has it. */
const rowRem = 2.25;

/** Height of a row in px; 0 on a phone, where rows are cards of their own heights. */
const height = (): number =>
  matchMedia('(max-width: 700px)').matches
    ? 0
    : rowRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Height of a table's row in px, or 0 where each row has its own. */
export const useRowHeight = (): number => useSyncExternalStore(subscribe, height);
