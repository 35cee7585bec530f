import { causeOf, judgedOf, noFindings, placementKey, type AnyEvent, type AssayEvent, type BySeverity, type Cause, type Judged, type Status } from '@assay/events';
import type { Decision, Draft, Program } from '@assay/event-sourcing';

/** Azure's key of the recommendation whose shape is the default. */
export const assessmentKey = 'dbd0cb49-b563-45e7-9724-889e799fa648';

/** What is recommended about a placement. */
interface Recommended {
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity: BySeverity;
  readonly fixable: number;
  readonly exempt: number;
}

interface HeardPlacement extends Recommended {
  readonly judged: Judged;
  /** Within a verdict the highest counts; a verdict that declined has none and is 0. */
  readonly classification: number;
  readonly scanId?: string;
  readonly at: string;
  readonly cause: Cause;
}

interface SaidPlacement extends Recommended {
  readonly verdict: number;
  /** When the status began that was said last. */
  readonly since: string;
}

export type Heard = Readonly<Record<string, HeardPlacement>>;
export type Said = Readonly<Record<string, SaidPlacement>>;

const hear = (heard: Heard, any: AnyEvent): Heard => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'scan.declined': {
      const { status, reason } = event.data;
      return withHeard(heard, { judged: judgedOf(event.data), classification: 0, status, reason, bySeverity: noFindings(), fixable: 0, exempt: 0, at: event.time, cause: causeOf(event) });
    }
    case 'finding.classified': {
      const { page, pages, scanId, classification, status, reason, bySeverity, fixable, exempt } = event.data;
      if (page !== pages) return heard;
      return withHeard(heard, { judged: judgedOf(event.data), classification, scanId, status, ...(reason ? { reason } : {}), bySeverity, fixable, exempt, at: event.time, cause: causeOf(event) });
    }
    default:
      return heard;
  }
};

/** The highest verdict wins, whichever topic brought it; within it the highest classification. */
const withHeard = (heard: Heard, placement: HeardPlacement): Heard => {
  const key = placementKey(placement.judged);
  const before = heard[key];
  const isHigher = !before || placement.judged.verdict > before.judged.verdict || (placement.judged.verdict === before.judged.verdict && placement.classification > before.classification);
  return isHigher ? { ...heard, [key]: placement } : heard;
};

const say = (said: Said, any: AnyEvent): Said => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'recommendation.changed': {
      const { verdict, status, reason, bySeverity, fixable, exempt, since } = event.data;
      return { ...said, [placementKey(event.data)]: { verdict, status, ...(reason ? { reason } : {}), bySeverity, fixable, exempt, since } };
    }
    default:
      return said;
  }
};

/** Which placement is not what was last recommended about it? */
const decide = ({ heard, said }: { heard: Heard; said: Said }): Decision => ({
  says: Object.keys(heard).toSorted().flatMap((key) => (isSame(heard[key]!, said[key]) ? [] : [changed(key, heard[key]!, said[key])])),
});

const isSame = (now: Recommended, before: Recommended | undefined): boolean => before !== undefined && now.status === before.status && now.reason === before.reason
  && now.fixable === before.fixable && now.exempt === before.exempt
  && (Object.keys(now.bySeverity) as (keyof BySeverity)[]).every((severity) => now.bySeverity[severity] === before.bySeverity[severity]);

const changed = (key: string, { judged, classification, scanId, status, reason, bySeverity, fixable, exempt, at, cause }: HeardPlacement, before: SaidPlacement | undefined): Draft => ({
  topic: 'recommendation.changed', cause, about: key,
  data: {
    ...judged, ...(scanId ? { scanId } : {}), ...(classification > 0 ? { classification } : {}), assessmentKey, status, ...(reason ? { reason } : {}),
    ...(before ? { previous: { status: before.status, ...(before.reason ? { reason: before.reason } : {}), bySeverity: before.bySeverity } } : {}),
    bySeverity, fixable, exempt, since: before && before.status === status && before.reason === reason ? before.since : at,
  },
});

/** Says what changed about an image, and only that. */
export const program: Program<Heard, Said, Record<string, never>> = {
  app: 'recommendation', empty: () => ({ heard: {}, said: {} }), hear, say, decide, noConfig: {}, follow: (config) => config, matters: () => false,
};
