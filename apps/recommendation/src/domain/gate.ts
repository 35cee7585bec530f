import { severities, type BySeverity, type Severity } from '@assay/events';
import { obstacleIn, type Evidence } from '@assay/verdict';

/** Strictest first. */
export const decisions = ['deny', 'unknown', 'allow'] as const;
export type Decision = (typeof decisions)[number];

/** The worst severity that is let through; `none` lets no finding through. */
export const tolerances = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type Tolerance = (typeof tolerances)[number];

/** An image at one place, as far as the gate looks at it. */
export interface Place {
  /** As shown. */
  readonly status: 'queued' | 'scanning' | 'healthy' | 'unhealthy' | 'not-applicable' | 'undetermined';
  readonly reason?: string;
  readonly deleted: boolean;
  /**
   * The findings that count: active ones, and only those with a fix where no others are asked for. Nothing where they
   * are not all there.
   */
  readonly findings?: BySeverity;
  /** What the absence of further findings rests on. */
  readonly evidence?: Evidence;
}

/** A decision, and what it rests on. */
export interface Ruling {
  readonly decision: Decision;
  readonly reason: string;
  readonly message: string;
}

const allow = (reason: string, message: string): Ruling => ({ decision: 'allow', reason, message });
const deny = (reason: string, message: string): Ruling => ({ decision: 'deny', reason, message });
const unknown = (reason: string, message: string): Ruling => ({ decision: 'unknown', reason, message });

/** What is on its way. */
const unfinished: readonly string[] = ['in-progress', 'findings-incomplete'];

const worstFirst = severities.filter((severity) => severity !== 'Unknown');

const counted = (findings: BySeverity, of: readonly Severity[]): { readonly total: number; readonly words: string } => {
  const present = of.filter((severity) => findings[severity] > 0);
  return {
    total: present.reduce((sum, severity) => sum + findings[severity], 0),
    words: present.map((severity) => `${findings[severity]} ${severity.toLowerCase()}`).join(', '),
  };
};

const byFindings = ({ status, findings, evidence }: Place, maxSeverity: Tolerance): Ruling => {
  if (!findings || !evidence) return unknown('findings-incomplete', 'The findings of the image are not all there yet.');
  const isTolerated = (severity: Severity): boolean =>
    tolerances.indexOf(severity.toLowerCase() as Tolerance) <= tolerances.indexOf(maxSeverity);
  // What nobody rates is no finding that may be let through, unless even the worst may.
  const above = counted(
    findings,
    maxSeverity === 'none' ? severities : worstFirst.filter((severity) => !isTolerated(severity)),
  );
  if (above.total > 0)
    return deny(
      'findings-above',
      `The image has ${above.words} above the severity that is let through (${maxSeverity}).`,
    );
  if (findings.Unknown > 0 && maxSeverity !== 'critical')
    return unknown('severity-unknown', `The severity of ${findings.Unknown} of its findings is not known.`);
  // A healthy image has passed the list already. One with findings was called unhealthy before anybody asked, and where
  // its findings are tolerated the question is open again.
  const obstacle = status === 'healthy' ? undefined : obstacleIn(evidence);
  if (obstacle)
    return unknown(
      `undetermined/${obstacle.reason}`,
      `No finding is above ${maxSeverity}, but that proves nothing: ${obstacle.reason}.`,
    );
  const tolerated = counted(findings, severities);
  return tolerated.total === 0
    ? allow('no-findings', 'The image has no finding that counts.')
    : allow('findings-tolerated', `The findings of the image (${tolerated.words}) are let through (${maxSeverity}).`);
};

/** The decision on an image at one place. Only what was scanned, on good evidence, is ever allowed. */
export const rulingAt = (place: Place, maxSeverity: Tolerance): Ruling => {
  const { status, reason } = place;
  switch (status) {
    case 'queued':
    case 'scanning':
      return unknown('in-progress', `The image is ${status === 'queued' ? 'queued' : 'being scanned'}.`);
    case 'not-applicable':
    case 'undetermined':
      return unknown(reason ? `${status}/${reason}` : status, `The image is ${status}${reason ? `: ${reason}` : ''}.`);
    case 'healthy':
    case 'unhealthy':
      return byFindings(place, maxSeverity);
    default:
      return status satisfies never;
  }
};

export interface Judgement<P extends Place> extends Ruling {
  /** More is to come that may change it. */
  readonly pending: boolean;
  readonly places: readonly (P & { readonly ruling: Ruling })[];
}

const numberOf = ({ findings }: Place): number => (findings ? counted(findings, severities).total : 0);

/** The decision on an image: that of its strictest place. Where it was deleted counts only if it lies nowhere else. */
export const gate = <P extends Place>(all: readonly P[], maxSeverity: Tolerance): Judgement<P> => {
  const present = all.some(({ deleted }) => !deleted) ? all.filter(({ deleted }) => !deleted) : all;
  const places = present.map((place) => ({ ...place, ruling: rulingAt(place, maxSeverity) }));
  // Among equals the one with the most findings has the most to say.
  const strictest = places.toSorted(
    (a, b) => decisions.indexOf(a.ruling.decision) - decisions.indexOf(b.ruling.decision) || numberOf(b) - numberOf(a),
  )[0];
  if (!strictest) return { ...unknown('not-known', 'Nobody has heard of the image yet.'), pending: true, places: [] };
  return {
    ...strictest.ruling,
    pending: strictest.ruling.decision !== 'deny' && places.some(({ ruling }) => unfinished.includes(ruling.reason)),
    places,
  };
};

/** A decision by what was known at some time: nobody can say what was found since then. */
export const asOf = <P extends Place>(judgement: Judgement<P>, time: string): Judgement<P> =>
  judgement.decision === 'allow'
    ? {
        ...judgement,
        ...unknown(
          'cut-off',
          `The image would have been let through at ${time}; what was said since then cannot be read.`,
        ),
        pending: true,
      }
    : judgement;
