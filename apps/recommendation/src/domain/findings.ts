import { derivedId, severities, type DataOf, type MovedFindings } from '@assay/events';
import type { Finding, ReceivedPlacement, RankedFinding, Recommended } from './state.ts';

/** At most this many findings are named; the count covers all of them. */
const mostNamed = 20;

export const noFindingSet = derivedId('findings');

/** The same findings have the same id, in any order. */
export const findingSetOf = (findings: readonly Finding[]): string =>
  derivedId('findings', ...findings.map(([id]) => id).toSorted());

/** The active findings, each with its severity. */
export const counting = (findings: DataOf<'finding.classified'>['findings']): RankedFinding[] =>
  findings
    .filter(({ state }) => state === 'active')
    .map(
      ({ severity, findingId, vulnerability }) => [severities.indexOf(severity), [findingId, vulnerability]] as const,
    );

const moved = (findings: readonly Finding[]): MovedFindings => ({
  count: findings.length,
  findings: findings.slice(0, mostNamed).map(([findingId, vulnerability]) => ({ findingId, vulnerability })),
});

const without = (findings: readonly Finding[], others: readonly Finding[]): readonly Finding[] => {
  const ids = new Set(others.map(([id]) => id));
  return findings.filter(([id]) => !ids.has(id));
};

/** Added and removed findings since the last recommendation. Empty if the findings at that time are unknown. */
export const movedSince = (
  { outcome, before }: ReceivedPlacement,
  emitted: Recommended | undefined,
): Pick<DataOf<'recommendation.changed'>, 'added' | 'removed'> => {
  const now = outcome ? outcome.findings : [];
  const sets = [[], now, before?.findings].filter((findings) => findings !== undefined);
  const then = emitted === undefined ? [] : sets.find((findings) => findingSetOf(findings) === emitted.findingSet);
  return now && then ? { added: moved(without(now, then)), removed: moved(without(then, now)) } : {};
};
