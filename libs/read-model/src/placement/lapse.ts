import { databaseLimits, type DataOf } from '@assay/events';

const minuteMs = 60_000;

/** Healthy by a database older than this becomes stale, ms, unless the database was announced with another limit. */
export const staleAfterMs = databaseLimits({}).staleMs;

/** The time after which an unanswered push is overdue, ms. A push found by a sweep has a day. */
export const waitMs = (origin: DataOf<'image.pushed'>['origin'] | undefined): number =>
  (origin === 'sweep' ? 24 * 60 : 15) * minuteMs;

/** True for an index of images. An index is never assessed itself; its images are. */
export const isIndexOfImages = (facts: DataOf<'image.pushed'>['facts']): boolean =>
  facts?.kind === 'index' && facts.children?.some(({ kind }) => kind === 'image') === true;
