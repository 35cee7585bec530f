import type { DataOf } from '@assay/events';

const minuteMs = 60_000;

/** Healthy by a database older than this is not believed any more, ms. */
export const staleAfterMs = 30 * 24 * 60 * minuteMs;

/** How long a push may go without an answer before it is overdue, ms: what a sweep brought has a day. */
export const waitMs = (origin: DataOf<'image.pushed'>['origin'] | undefined): number =>
  (origin === 'sweep' ? 24 * 60 : 15) * minuteMs;

/** An index of images: it is never judged itself, its images are. */
export const isIndexOfImages = (facts: DataOf<'image.pushed'>['facts']): boolean =>
  facts?.kind === 'index' && facts.children?.some(({ kind }) => kind === 'image') === true;
