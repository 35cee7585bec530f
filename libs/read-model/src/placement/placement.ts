import { compareSequences } from '@assay/event-sourcing';
import {
  databaseLimits,
  isLapse,
  outcomes,
  scanSummaryOf,
  scanTimesOf,
  type AssayEvent,
  type BySeverity,
  type Database,
  type DataOf,
  type Facts,
  type Inspection,
  type Placement,
  type ScanSummary,
  type ScanTimes,
  type Status,
} from '@assay/events';
import { staleAfterMs } from './lapse.ts';
import { byVerdict, type StoredSet } from './sets.ts';

/** Id and time of an event. */
export interface EventStep {
  readonly id: string;
  readonly time: string;
}

/** The push that a later event answers. */
export interface PushRef {
  readonly pushId: string;
  readonly pushedAt: string;
  readonly receivedAt: string;
  readonly tags: readonly string[];
  readonly listedIn: readonly string[];
}

export interface LatestPush extends EventStep, PushRef {
  readonly sequence?: string;
  readonly origin: DataOf<'image.pushed'>['origin'];
  readonly mediaType: string;
  readonly facts?: Facts;
  readonly inspection?: Inspection;
}

export type LatestVerdict = EventStep &
  PushRef & { readonly verdict: number } & (
    | (Pick<DataOf<'scan.approved'>, 'scanId' | 'kind' | 'lane' | 'deadline' | 'mode' | 'platform'> & {
        readonly approved: true;
      })
    | (Pick<DataOf<'scan.declined'>, 'status' | 'reason' | 'message'> & { readonly approved: false })
  );

/** The latest status of a placement. */
export interface StatusHead extends EventStep {
  readonly verdict: number;
  readonly classification: number;
  readonly status: Status;
  readonly reason?: string;
  readonly bySeverity?: BySeverity;
  readonly fixable?: number;
  readonly exempt?: number;
}

type ClassifiedHead = Pick<DataOf<'finding.classified'>, 'cause' | 'basis' | 'scanId' | 'mode' | 'system' | 'result'> &
  ScanSummary & {
    /** Sequence of its last page, whose place in the partition decides which marks cover it. */
    readonly sequence?: string;
  };

/** When the push of the highest verdict was first answered: by the recommendation, or by the event it rests on. */
export interface FirstAnswer {
  readonly verdict: number;
  readonly pushId: string;
  readonly receivedAt: string;
  readonly terminal?: string;
  readonly recommended?: string;
  /** Scanner time of the scan that the answer rests on. Absent if the push was answered without a scan. */
  readonly scannerMs?: number;
}

export type TaggedImage = Pick<DataOf<'image.tagged'>, 'tags' | 'indexes' | 'lost' | 'at' | 'order'>;

/** The facts that a mark states of an image that it covers. */
export interface Covered {
  /** The image was assessed with it, and what is published is what it gives. */
  readonly database: Database;
  /** Offset of its announcement in `advisories.updated`. */
  readonly announced: number;
}

/**
 * Everything known of a placement. Each slot keeps the highest event of its kind, so the order between topics does not
 * matter.
 */
export interface PlacementState {
  readonly placement: Pick<Placement, 'subscriptionId' | 'registryId' | 'loginServer' | 'repository' | 'digest'>;
  readonly push?: LatestPush;
  readonly deletion?: EventStep & Pick<DataOf<'image.deleted'>, 'deletedAt' | 'receivedAt'>;
  readonly verdict?: LatestVerdict;
  /** The last decline, even if an approval followed: it holds until a later scan has ended. */
  readonly declined?: StatusHead;
  readonly started?: EventStep & Pick<DataOf<'scan.started'>, 'verdict' | 'attempt' | 'driver'>;
  readonly completed?: EventStep &
    Pick<DataOf<'scan.completed'>, 'verdict' | 'attempt' | 'outcome' | 'reason' | 'joinedScanId' | 'result'> &
    ScanTimes;
  readonly classified?: StatusHead & ClassifiedHead;
  /** The classification whose findings are stored. */
  readonly set?: StoredSet;
  readonly recommended?: StatusHead & { readonly since: string };
  readonly answered?: FirstAnswer;
  /** The tags that name it now. Absent until the registry was asked, and for an image that never had one. */
  readonly tagged?: TaggedImage;
  readonly traceId?: string;
  /** Not stored: derived from the marks when the placement is read. */
  readonly covered?: Covered;
}

export type PlacementEvent = AssayEvent<
  | 'image.pushed'
  | 'image.deleted'
  | 'image.tagged'
  | 'scan.approved'
  | 'scan.declined'
  | 'scan.started'
  | 'scan.completed'
  | 'finding.classified'
  | 'recommendation.changed'
  | 'usage.charged'
>;

/** Negative if a comes before b. */
type Order<T> = (a: T, b: T) => number;
const text: Order<string> = (a, b) => (a < b ? -1 : Number(a > b));
/**
 * The last push in the log is the latest, as in eligibility. Timestamps do not decide, since a slow inspection reverses
 * their order.
 */
const bySaying: Order<LatestPush> = (a, b) => (a.sequence && b.sequence ? compareSequences(a.sequence, b.sequence) : 1);
const byAttempt: Order<{ readonly verdict: number; readonly attempt: number }> = (a, b) =>
  a.verdict - b.verdict || a.attempt - b.attempt;

const highest = <T>(order: Order<T>, kept: T | undefined, emitted: T): T =>
  kept === undefined || order(emitted, kept) > 0 ? emitted : kept;

const placementOf = ({
  subscriptionId,
  registryId,
  loginServer,
  repository,
  digest,
}: Placement): PlacementState['placement'] => ({ subscriptionId, registryId, loginServer, repository, digest });
const pushOf = ({ pushId, pushedAt, receivedAt, tags, listedIn }: PushRef): PushRef => ({
  pushId,
  pushedAt,
  receivedAt,
  tags,
  listedIn,
});
const stepOf = ({ id, time }: EventStep): EventStep => ({ id, time });
const traceOf = (traceparent: string | undefined): string | undefined => traceparent?.split('-')[1];

/** Applies an event to a placement. Applying it twice has no further effect. */
export const withEvent = (state: PlacementState | undefined, event: PlacementEvent): PlacementState => {
  const known = state ?? { placement: placementOf(event.data) };
  const traceId = known.traceId ?? traceOf(event.traceparent);
  return { ...folded(known, event), ...(traceId ? { traceId } : {}) };
};

const folded = (state: PlacementState, event: PlacementEvent): PlacementState => {
  const step = stepOf(event);
  switch (event.topic) {
    case 'image.pushed': {
      const { origin, mediaType, facts, inspection } = event.data;
      const push = {
        ...step,
        ...(event.sequence ? { sequence: event.sequence } : {}),
        ...pushOf(event.data),
        origin,
        mediaType,
        ...(facts ? { facts } : {}),
        ...(inspection ? { inspection } : {}),
      };
      return { ...state, push: highest<LatestPush>(bySaying, state.push, push) };
    }
    case 'image.deleted': {
      const deletion = { ...step, deletedAt: event.data.deletedAt, receivedAt: event.data.receivedAt };
      return { ...state, deletion: highest((a, b) => text(a.deletedAt, b.deletedAt), state.deletion, deletion) };
    }
    case 'image.tagged': {
      const { tags, indexes, lost, at, order } = event.data;
      const tagged = { tags, indexes, ...(lost ? { lost } : {}), at, order };
      return { ...state, tagged: highest<TaggedImage>((a, b) => a.order - b.order, state.tagged, tagged) };
    }
    case 'scan.approved': {
      const { verdict, scanId, kind, lane, deadline, mode, platform } = event.data;
      return {
        ...state,
        verdict: highest<LatestVerdict>(byVerdict, state.verdict, {
          ...step,
          ...pushOf(event.data),
          verdict,
          approved: true,
          scanId,
          kind,
          lane,
          deadline,
          mode,
          platform,
        }),
      };
    }
    case 'scan.declined': {
      const { verdict, status, reason, message } = event.data;
      const declined = highest<StatusHead>(byVerdict, state.declined, {
        ...step,
        verdict,
        classification: 0,
        status,
        reason,
      });
      return answeredBy(
        {
          ...state,
          declined,
          verdict: highest<LatestVerdict>(byVerdict, state.verdict, {
            ...step,
            ...pushOf(event.data),
            verdict,
            approved: false,
            status,
            reason,
            message,
          }),
        },
        event.data,
        'terminal',
        event.time,
      );
    }
    case 'scan.started': {
      const { verdict, attempt, driver } = event.data;
      return { ...state, started: highest(byAttempt, state.started, { ...step, verdict, attempt, driver }) };
    }
    case 'scan.completed': {
      const { verdict, attempt, outcome, reason, joinedScanId, result } = event.data;
      const completed = {
        ...step,
        verdict,
        attempt,
        outcome,
        ...scanTimesOf(event.data),
        ...(reason ? { reason } : {}),
        ...(joinedScanId ? { joinedScanId } : {}),
        ...(result === undefined ? {} : { result }),
      };
      return { ...state, completed: highest(byAttempt, state.completed, completed) };
    }
    case 'finding.classified': {
      const { cause, basis, scanId, mode, system, result } = event.data;
      const classified = {
        ...headOf(event, event.data),
        cause,
        basis,
        scanId,
        mode,
        ...scanSummaryOf(event.data),
        ...(system ? { system } : {}),
        ...(result === undefined ? {} : { result }),
        ...(event.sequence ? { sequence: event.sequence } : {}),
      };
      return answeredBy(
        { ...state, classified: highest(byVerdict, state.classified, classified) },
        event.data,
        'terminal',
        event.time,
        event.data.scannerMs,
      );
    }
    case 'recommendation.changed': {
      const { verdict, classification = 0, since, reason } = event.data;
      // Lapses are computed on each read, and answer no push.
      if (verdict === undefined || isLapse(reason)) return state;
      const recommended = { ...headOf(event, { verdict, classification }), since };
      return answeredBy(
        { ...state, recommended: highest(byVerdict, state.recommended, recommended) },
        { ...event.data, verdict },
        'recommended',
        event.time,
      );
    }
    case 'usage.charged':
      return state;
    default:
      return event satisfies never;
  }
};

const headOf = (
  event: AssayEvent<'finding.classified' | 'recommendation.changed'>,
  { verdict, classification }: Pick<StatusHead, 'verdict' | 'classification'>,
): StatusHead => {
  const { status, reason, bySeverity, fixable, exempt } = event.data;
  return {
    ...stepOf(event),
    verdict,
    classification,
    status,
    bySeverity,
    fixable,
    exempt,
    ...(reason ? { reason } : {}),
  };
};

/** A push keeps its earliest answer: a rescan or a rule weeks later does not make it look slow. */
const answeredBy = (
  state: PlacementState,
  { pushId, receivedAt, verdict }: PushRef & { readonly verdict: number },
  by: 'terminal' | 'recommended',
  time: string,
  scannerMs?: number,
): PlacementState => {
  const kept = state.answered;
  const same = kept?.pushId === pushId;
  if (kept && !same && kept.verdict >= verdict) return state;
  const before = same ? kept : undefined;
  const earlier = before?.[by];
  const isEarliest = earlier === undefined || time < earlier;
  const { scannerMs: scanned, ...rest } = before ?? {};
  const its = by === 'terminal' && isEarliest ? scannerMs : scanned;
  return {
    ...state,
    answered: {
      ...rest,
      pushId,
      receivedAt,
      verdict: Math.max(verdict, before?.verdict ?? 0),
      [by]: isEarliest ? time : earlier,
      ...(its === undefined ? {} : { scannerMs: its }),
    },
  };
};

/** The latest status, from the topic that arrived first. */
export const headIn = ({ declined, classified, recommended }: PlacementState): StatusHead | undefined =>
  [recommended, classified, declined]
    .filter((head) => head !== undefined)
    .reduce<StatusHead | undefined>(
      (best, head) => (best === undefined || byVerdict(head, best) >= 0 ? head : best),
      undefined,
    );

/** When the latest status began: a later event that states the same status does not make it younger. */
export const sinceIn = (state: PlacementState): string | undefined => {
  const [head, { recommended }] = [headIn(state), state];
  return recommended && recommended.status === head?.status && recommended.reason === head.reason
    ? recommended.since
    : head?.time;
};

/**
 * True if the findings of the classification that counts are not known: an event that it rests on is missing. Then
 * nothing is known of the image until they are read from the log.
 */
export const lacksSet = (state: PlacementState): boolean => {
  const { classified, set } = state;
  if (!classified || headIn(state)?.verdict !== classified.verdict) return false;
  return set?.verdict !== classified.verdict || set.classification !== classified.classification;
};

/** The latest status as shown: undetermined while the findings are not known. */
export const shownHeadIn = (state: PlacementState): StatusHead | undefined => {
  const head = headIn(state);
  return head && lacksSet(state) ? { ...head, status: 'undetermined', reason: 'parked' } : head;
};

const unsuccessful = outcomes.filter((outcome) => outcome !== 'succeeded');

/** True if a scan succeeded. Otherwise the absence of findings proves nothing. */
export const wasLookedInto = ({ classified }: PlacementState): boolean =>
  classified !== undefined &&
  !unsuccessful.some((outcome) => classified.reason === outcome || classified.reason?.startsWith(`${outcome}/`));

/** The newest database that an image was assessed with. */
export const databaseIn = ({ covered, classified }: PlacementState): Database | undefined =>
  covered?.database ?? classified?.database;

/**
 * When a database was built, ms since the epoch. The demonstration database never becomes stale. Readers compare this
 * with one limit, so a database with a limit of its own counts as built that much earlier or later.
 */
export const builtMs = (database: Database | undefined): number | undefined =>
  database && !database.demonstration
    ? Date.parse(database.builtAt) + databaseLimits(database).staleMs - staleAfterMs
    : undefined;
