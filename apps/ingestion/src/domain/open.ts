import type { NotifiedDeletion, NotifiedPush, ReceivedSource } from './state.ts';

/** The entry with the greatest time, of several the first one. */
export const latest = <Entry>(entries: readonly Entry[], timeOf: (entry: Entry) => string): Entry | undefined =>
  entries.reduce<Entry | undefined>(
    (last, entry) => (last === undefined || timeOf(entry) > timeOf(last) ? entry : last),
    undefined,
  );

export const isOfIndex = ({ sender }: NotifiedPush): boolean => sender === 'index';

/** The few entries that decide which other pushes of a repository are covered. Later ones decide for earlier ones. */
export interface Cover {
  /** The latest push that the image's own notification reported. */
  readonly direct?: NotifiedPush | undefined;
  /** The latest answered push that an index reported. */
  readonly indexed?: NotifiedPush | undefined;
  /** The first deletion that is not before `direct`. */
  readonly gone?: NotifiedDeletion | undefined;
}

export const coverIn = (
  { pushes, deletions }: Pick<ReceivedSource, 'pushes' | 'deletions'>,
  answered: ReadonlySet<string>,
): Cover => {
  const occurredAt = (push: NotifiedPush): string => push.occurredAt;
  const direct = latest(
    pushes.filter((push) => !isOfIndex(push)),
    occurredAt,
  );
  const indexed = latest(
    pushes.filter((push) => isOfIndex(push) && answered.has(push.cause.id)),
    occurredAt,
  );
  const later = direct ? deletions.filter(({ deletedAt }) => deletedAt >= direct.occurredAt) : [];
  const gone = later.reduce<NotifiedDeletion | undefined>(
    (first, each) => (first === undefined || each.deletedAt < first.deletedAt ? each : first),
    undefined,
  );
  return { direct, indexed, gone };
};

/** A child of an index is one push, whether it is notified itself, through its index, or both, in any order. */
const isCovered = (push: NotifiedPush, { direct, indexed, gone }: Cover): boolean =>
  isOfIndex(push)
    ? direct !== undefined && (gone === undefined || gone.deletedAt >= push.occurredAt)
    : push.tag === undefined && indexed !== undefined && indexed.occurredAt >= push.occurredAt;

/** The pushes of a repository that wait for an answer, in the order received. */
export const openPushes = (
  source: Pick<ReceivedSource, 'pushes' | 'deletions'>,
  answered: ReadonlySet<string>,
): NotifiedPush[] => {
  const cover = coverIn(source, answered);
  return source.pushes.filter((push) => !answered.has(push.cause.id) && !isCovered(push, cover));
};
