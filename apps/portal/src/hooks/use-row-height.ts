import { useMemo, useSyncExternalStore } from 'react';

/** Widths at which rows have another height: those of the style sheets. */
const large = ['(min-width: 2400px)', '(min-width: 3400px)'];

/** Height of a row in rem, as the style sheet of the table has it. */
const rowRem = 2.25;

/**
 * Height of a table's row in px, or 0 where each row is a card with a height of its own.
 * @param cardsBelow width of the window below which rows are cards, px
 */
export const useRowHeight = (cardsBelow: number): number => {
  const [subscribe, height] = useMemo(() => {
    const cards = matchMedia(`(max-width: ${cardsBelow}px)`);
    const queries = [cards, ...large.map((width) => matchMedia(width))];
    return [
      (changed: () => void): (() => void) => {
        for (const query of queries) query.addEventListener('change', changed);
        return () => {
          for (const query of queries) query.removeEventListener('change', changed);
        };
      },
      () => (cards.matches ? 0 : rowRem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)),
    ] as const;
  }, [cardsBelow]);
  return useSyncExternalStore(subscribe, height);
};
