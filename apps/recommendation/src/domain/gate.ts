import { severities, type BySeverity, type Severity } from '@assay/events';
import { obstacleIn, type Evidence } from '@assay/verdict';
import type { StatusWithReason } from '@assay/read-model/placement/status';

/** Strictest first. */
export const decisions = ['deny', 'unknown', 'allow'] as const;
export type GateDecision = (typeof decisions)[number];

/** The worst severity that is allowed; `none` allows no finding. */
export const tolerances = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Tolerance = (typeof tolerances)[number];

/** An image at one place, reduced to the fields that the gate needs. */
export interface GatedPlacement extends StatusWithReason {
  readonly deleted: boolean;
  /**
   * Counts of active findings; of fixable ones only, if the request ignores the others. Absent while the findings are
   * incomplete.
   */
  readonly findings?: BySeverity;
  /** The evidence that no further finding was missed. */
  readonly evidence?: Evidence;
  /** Why the image may be another one than its index claims. Then its findings still deny, and nothing allows it. */
  readonly unclear?: string;
}

/** A decision and its reason. */
export interface Ruling {
  readonly decision: GateDecision;
  readonly reason: string;
  readonly message: string;
}

const allow = (reason: string, message: string): Ruling => ({ decision: 'allow', reason, message });
const deny = (reason: string, message: string): Ruling => ({ decision: 'deny', reason, message });
const unknown = (reason: string, message: string): Ruling => ({ decision: 'unknown', reason, message });

/** A reason for a message. If the age of the database is the reason, its day is named. */
const reasonText = (reason: string, evidence: Evidence | undefined): string =>
  evidence && (reason === 'stale' || reason === 'advisories-too-old')
    ? `${reason} (the vulnerability database is of ${evidence.database.builtAt.slice(0, 'yyyy-mm-dd'.length)})`
    : reason;

/** Reasons of a decision that will change by itself. */
const unfinished: readonly string[] = ['in-progress', 'findings-incomplete'];

const worstFirst = severities.filter((severity) => severity !== 'Unknown');

const counted = (findings: BySeverity, of: readonly Severity[]): { readonly total: number; readonly text: string } => {
  const present = of.filter((severity) => findings[severity] > 0);
  return {
    total: present.reduce((sum, severity) => sum + findings[severity], 0),
    text: present.map((severity) => `${findings[severity]} ${severity.toLowerCase()}`).join(', '),
  };
};

/** The severities of which a finding denies. */
export const deniedBy = (maxSeverity: Tolerance): readonly Severity[] =>
  maxSeverity === 'none'
    ? severities
    : worstFirst.filter(
        (severity) => tolerances.indexOf(severity.toLowerCase() as Tolerance) > tolerances.indexOf(maxSeverity),
      );

const byFindings = ({ findings, evidence, unclear }: GatedPlacement, maxSeverity: Tolerance): Ruling => {
  if (!findings || !evidence) return unknown('findings-incomplete', 'The findings of the image are not complete yet.');
  // An unrated finding passes only if even the worst severity may.
  const above = counted(findings, deniedBy(maxSeverity));
  if (above.total > 0) return deny('findings-above', `${above.text} (allowed: ${maxSeverity}).`);
  if (findings.Unknown > 0 && maxSeverity !== 'critical')
    return unknown('severity-unknown', `${findings.Unknown} of its findings have no known severity.`);
  // An unhealthy image with tolerated findings has not passed the list of obstacles yet. A healthy image has, but an
  // older release may have done so, with a shorter list.
  const obstacle = unclear ?? obstacleIn(evidence)?.reason;
  if (obstacle !== undefined)
    return unknown(
      `undetermined/${obstacle}`,
      `No finding is above ${maxSeverity}, but that proves nothing: ${reasonText(obstacle, evidence)}.`,
    );
  const tolerated = counted(findings, severities);
  return tolerated.total === 0
    ? allow('no-findings', 'The image has no finding that counts.')
    : allow('findings-tolerated', `${tolerated.text} (allowed: ${maxSeverity}).`);
};

/** The decision on an image at one place. Only an image that was scanned, on good evidence, is ever allowed. */
export const rulingAt = (place: GatedPlacement, maxSeverity: Tolerance): Ruling => {
  const { status, reason } = place;
  switch (status) {
    case 'queued':
    case 'scanning':
      return unknown('in-progress', `The image is ${status === 'queued' ? 'queued' : 'being scanned'}.`);
    case 'not-applicable':
    case 'undetermined':
      return unknown(
        reason ? `${status}/${reason}` : status,
        `The image is ${status}${reason ? `: ${reasonText(reason, place.evidence)}` : ''}.`,
      );
    case 'healthy':
    case 'unhealthy':
      return byFindings(place, maxSeverity);
    default:
      return status satisfies never;
  }
};

export interface Judgement<P extends GatedPlacement> extends Ruling {
  /** True if a later event may change the decision. */
  readonly pending: boolean;
  readonly places: readonly (P & { readonly ruling: Ruling })[];
}

const numberOf = ({ findings }: GatedPlacement): number => (findings ? counted(findings, severities).total : 0);

/**
 * The decision on an image is that of its strictest place. Deleted placements count only if no other placement exists.
 */
export const gate = <P extends GatedPlacement>(all: readonly P[], maxSeverity: Tolerance): Judgement<P> => {
  const present = all.some(({ deleted }) => !deleted) ? all.filter(({ deleted }) => !deleted) : all;
  const places = present.map((place) => ({ ...place, ruling: rulingAt(place, maxSeverity) }));
  // Among equal decisions, show the place with the most findings.
  const strictest = places.toSorted(
    (a, b) => decisions.indexOf(a.ruling.decision) - decisions.indexOf(b.ruling.decision) || numberOf(b) - numberOf(a),
  )[0];
  if (!strictest) return { ...unknown('not-known', 'The image is not known yet.'), pending: true, places: [] };
  return {
    ...strictest.ruling,
    pending: strictest.ruling.decision !== 'deny' && places.some(({ ruling }) => unfinished.includes(ruling.reason)),
    places,
  };
};

/** A decision by a read model that is out of date. An allow becomes unknown, as later findings are missing. */
export const asOf = <P extends GatedPlacement>(judgement: Judgement<P>, time: string): Judgement<P> =>
  judgement.decision === 'allow'
    ? {
        ...judgement,
        ...unknown('cut-off', `The image was allowed as of ${time}. Newer events cannot be read.`),
        pending: true,
      }
    : judgement;
