import type { ClassifiedFinding, Finding, RuledFindings } from './finding.ts';
import { canonical, identityOf, isSameEntry } from './set.ts';

/** A change on a set: the lists that an event carries. Positions are those in the canonical order of the set before. */
export interface SetChange<Entry extends Finding> {
  /** Entries that are added, or that replace the one of the same identity. */
  readonly findings: readonly Entry[];
  /** Positions of entries that are gone, ascending. */
  readonly removed: readonly number[];
  /** Entries of which only state and rule changed. */
  readonly ruled: readonly RuledFindings[];
}

const isRuled = (entry: Finding): entry is ClassifiedFinding => 'state' in entry;

/** An entry with another state and rule. All else stays. */
const withRule = <Entry extends Finding>(
  entry: Entry,
  { state, ruleId }: Pick<RuledFindings, 'state' | 'ruleId'>,
): Entry => {
  const { ruleId: _before, ...rest } = entry as Entry & Partial<ClassifiedFinding>;
  return { ...rest, state, ...(ruleId === undefined ? {} : { ruleId }) } as unknown as Entry;
};

/**
 * The change that turns one set into another.
 * @param before in canonical order
 * @param after in any order
 */
export const changeOf = <Entry extends Finding>(
  before: readonly Entry[],
  after: readonly Entry[],
): SetChange<Entry> => {
  const now = new Map(canonical(after).map((entry) => [identityOf(entry), entry]));
  const removed: number[] = [];
  const put: Entry[] = [];
  const ruled = new Map<string, RuledFindings>();
  before.forEach((entry, position) => {
    const identity = identityOf(entry);
    const next = now.get(identity);
    now.delete(identity);
    if (next === undefined) removed.push(position);
    else if (!isSameEntry(entry, next)) {
      if (isRuled(next) && isSameEntry(withRule(entry, next), next)) {
        const { state, ruleId } = next;
        const key = `${state} ${ruleId ?? ''}`;
        const same = ruled.get(key) ?? { state, ...(ruleId === undefined ? {} : { ruleId }), at: [] };
        same.at.push(position);
        ruled.set(key, same);
      } else put.push(next);
    }
  });
  return { findings: canonical([...put, ...now.values()]), removed, ruled: [...ruled.values()] };
};

/** The number of entries that a change touches. */
export const sizeOf = ({ findings, removed, ruled }: SetChange<Finding>): number =>
  findings.length + removed.length + ruled.reduce((sum, { at }) => sum + at.length, 0);

/**
 * Applies a change: first rules, then removals, both by position in the set before, then the entries put.
 * @param before in canonical order
 * @returns the set after it, in canonical order; undefined if a position is beyond the set, so the set is another one
 */
export const applied = <Entry extends Finding>(
  before: readonly Entry[],
  { findings, removed, ruled }: SetChange<Entry>,
): Entry[] | undefined => {
  const entries: (Entry | undefined)[] = [...before];
  for (const { at, ...rule } of ruled)
    for (const position of at) {
      const entry = entries[position];
      if (entry === undefined) return undefined;
      entries[position] = withRule(entry, rule);
    }
  for (const position of removed) {
    if (entries[position] === undefined) return undefined;
    entries[position] = undefined;
  }
  return canonical([...entries.filter((entry) => entry !== undefined), ...findings]);
};
