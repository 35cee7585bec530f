import { at, type Rating, type Severity } from '@assay/events';
import { asText } from '../../domain/text.ts';
import type { TrivyScore, TrivyVulnerability } from './report.ts';

/** Trivy's numbers for severities, in VendorSeverity. */
const bySource = ['Unknown', 'Low', 'Medium', 'High', 'Critical'] as const satisfies readonly Severity[];

const severities = new Map<string, Severity>([
  ['CRITICAL', 'Critical'],
  ['HIGH', 'High'],
  ['MEDIUM', 'Medium'],
  ['LOW', 'Low'],
  ['UNKNOWN', 'Unknown'],
]);

/** A severity that we do not know is "unknown", which is never shown as safe. */
export const asSeverity = (text: string | undefined): Severity =>
  severities.get((text ?? '').toUpperCase()) ?? 'Unknown';

/** CVSS's ratings of its scores (v3.1, section 5), for a source that gives a score only. */
const severityOfScore = (score: number | undefined): Severity => {
  if (score === undefined || score === 0) return 'Unknown';
  if (score >= 9) return 'Critical';
  if (score >= 7) return 'High';
  return score >= 4 ? 'Medium' : 'Low';
};

interface Scored {
  score?: number;
  vector?: string;
}

/** Newest version first. A source may score by several versions, and none is left out. */
const scoredBy = (scores: TrivyScore | undefined): Scored[] =>
  (
    [
      ['V40Score', 'V40Vector'],
      ['V3Score', 'V3Vector'],
      ['V2Score', 'V2Vector'],
    ] as const
  )
    .map(([score, vector]) => ({
      ...(scores?.[score] === undefined ? {} : { score: scores[score] }),
      ...(scores?.[vector] ? { vector: asText(scores[vector]) } : {}),
    }))
    .filter((scored) => Object.keys(scored).length > 0);

/** The ratings by source. An image can name the keys of the two maps (`__proto__`), so they are read as lists. */
export const ratingsOf = ({ VendorSeverity, CVSS }: TrivyVulnerability): Rating[] => {
  const severities = new Map(Object.entries(VendorSeverity ?? {}));
  const scores = new Map(Object.entries(CVSS ?? {}));
  return [...new Set([...severities.keys(), ...scores.keys()])].toSorted().flatMap((source) => {
    const rated = severities.get(source);
    const scored = scoredBy(scores.get(source));
    return (scored.length > 0 ? scored : [{}]).map((each: Scored): Rating => ({
      source: asText(source),
      severity: rated === undefined ? severityOfScore(each.score) : at(bySource, rated),
      ...each,
    }));
  });
};
