import type { components } from '../../api/generated/schema.ts';
import { deltaText } from './unknown.ts';

type Change = components['schemas']['Change'];

const dayMs = 86_400_000;
/** A visit ends after so long without a look at Today, so that a reload does not hide what is new. */
const visitMs = 30 * 60_000;

/** The looks of this browser at Today, ms since the epoch. */
export interface Visit {
  /** When the visit before this one ended; undefined if this is the first. */
  readonly from?: number | undefined;
  /** The last look. */
  readonly at: number;
}

/** The visit that a look belongs to. @param kept the one before, as it was kept */
export const visitAt = (kept: string | null, now: number): Visit => {
  const { from, at } = readOf(kept);
  if (at === undefined || at > now) return { at: now };
  return now - at > visitMs ? { from: at, at: now } : { from, at: now };
};

const readOf = (kept: string | null): Partial<Visit> => {
  try {
    const { from, at } = JSON.parse(kept ?? '{}') as Record<string, unknown>;
    return { ...(typeof from === 'number' ? { from } : {}), ...(typeof at === 'number' ? { at } : {}) };
  } catch {
    return {};
  }
};

/** The moment since which a visit shows what is new: the last 24 hours if there was none before. */
export const sinceOf = ({ from, at }: Visit): number => from ?? at - dayMs;

/** The difference of an image between then and now. */
interface NewOfImage {
  readonly repository: string;
  readonly digest: string;
  readonly registryId: string;
}

/** Images by their news, each in one group at most. */
export interface News {
  readonly unhealthy: readonly NewOfImage[];
  readonly fixed: readonly NewOfImage[];
  readonly unknown: readonly NewOfImage[];
  /** Images that are unhealthy as before, with other findings after a database: their number and the sum. */
  readonly again: { readonly images: number; readonly difference: string };
}

const kindOf = (before: string | undefined, now: string): 'unhealthy' | 'fixed' | 'unknown' | undefined => {
  if (before === now) return undefined;
  if (now === 'unhealthy') return 'unhealthy';
  if (now === 'undetermined') return 'unknown';
  return before === 'unhealthy' && now === 'healthy' ? 'fixed' : undefined;
};

const none = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
type Counts = Change['bySeverity'];
const added = (sum: Counts, more: Counts): Counts => ({
  Critical: sum.Critical + more.Critical,
  High: sum.High + more.High,
  Medium: sum.Medium + more.Medium,
  Low: sum.Low + more.Low,
  Unknown: sum.Unknown + more.Unknown,
});

/** Compares each image with itself at the time of `since`. @param changes the newest first */
export const newsIn = (changes: readonly Change[], since: number): News => {
  const images = Object.values(
    Object.groupBy(
      changes.filter(({ at }) => Date.parse(at) >= since),
      ({ registryId, repository, digest }) => `${registryId} ${repository} ${digest}`,
    ),
  ).flatMap((of = []) => {
    const [last, first] = [of[0], of.at(-1)];
    return last && first ? [{ ...last, before: first.before }] : [];
  });
  const ofKind = (kind: ReturnType<typeof kindOf>) =>
    images.filter(({ before, status }) => kindOf(before?.status, status) === kind);
  const same = ofKind(undefined).flatMap(({ before, status, bySeverity, cause }) =>
    before && status === 'unhealthy' && cause === 'rescan' && deltaText(before.bySeverity, bySeverity) !== ''
      ? [{ before: before.bySeverity, bySeverity }]
      : [],
  );
  return {
    unhealthy: ofKind('unhealthy'),
    fixed: ofKind('fixed'),
    unknown: ofKind('unknown'),
    again: {
      images: same.length,
      difference: deltaText(
        same.reduce((sum, { before }) => added(sum, before), none),
        same.reduce((sum, { bySeverity }) => added(sum, bySeverity), none),
      ),
    },
  };
};
