import { isOf, placementKey, type AnyEvent, type DataOf, type ImagePushed, type Placement } from '@assay/events';
import type { SettledAt, State, Tallied, Tallies } from '@assay/event-sourcing';
import { isIndexOfImages, waitMs } from '@assay/read-model/placement/lapse';
import { placementIn, unanswered, type CountingAnswer, type Emitted, type Received } from './state.ts';

/** A push without an answer. Times in ms since the epoch. */
interface OpenPush {
  readonly id: string;
  readonly receivedAt: number;
  readonly deadline: number;
  /** It was settled as overdue. Its answer is not counted again. */
  readonly overdue?: true;
}

/** The pushes of one placement that metrics follow. */
interface Followed {
  readonly open?: readonly OpenPush[];
  /** A push whose manifest could not be read. It is published again, maybe behind a later push. */
  readonly tried?: string;
}

type Tally = Readonly<Record<string, Followed>>;
type Known = State<Received, Emitted>;

/** Bounds the state. Older pushes of the same image are not counted. */
const mostOpen = 1000;

/** The pushes and their answers, for `assay.pushes`, `assay.push.duration` and `assay.change.duration`. */
export const tallies: Tallies<Received, Emitted> = {
  received: (state, event, after) => {
    if (isOf(event, 'image.pushed')) return pushed(state, event, after);
    const isAnswer = isOf(event, 'finding.classified') || isOf(event, 'scan.declined');
    return isAnswer ? answered(state, event, event.data, after) : unchanged(state);
  },
  waited: (state, receivedUntil) =>
    Object.keys(state.received).reduce<Tallied>(({ tally, settled }, key) => {
      const { received, emitted } = state;
      const next = overdueAt({ received, emitted, ...(tally ? { tally } : {}) }, key, receivedUntil);
      return { tally: next.tally, settled: [...settled, ...next.settled] };
    }, unchanged(state)),
  changed: (event, received, settled) => {
    if (!isOf(event, 'recommendation.changed')) return undefined;
    const { reason, since } = event.data;
    if (reason === 'overdue' || settled.some((push) => isAt(push, event.data))) return undefined;
    if (reason === 'stale' || reason === 'untagged') return { cause: 'lapse', at: Date.parse(since) };
    const last = received.findLast(
      (each) =>
        (isOf(each, 'finding.classified') || isOf(each, 'scan.declined')) &&
        placementKey(each.data) === placementKey(event.data),
    );
    return last && { cause: causeIn(last), at: Date.parse(last.time) };
  },
};

const causeIn = (event: AnyEvent): NonNullable<ReturnType<typeof tallies.changed>>['cause'] => {
  if (isOf(event, 'finding.classified')) return event.data.cause;
  return isOf(event, 'scan.declined') && event.data.reason === 'image-deleted' ? 'deletion' : 'refusal';
};

const isAt = (push: Pick<SettledAt, 'digest' | 'loginServer' | 'repository'>, place: Placement): boolean =>
  push.digest === place.digest && push.loginServer === place.loginServer && push.repository === place.repository;

const unchanged = ({ tally }: Known): Tallied => ({ tally, settled: [] });

const followedIn = ({ tally }: Known, key: string): Followed => (tally as Tally | undefined)?.[key] ?? {};

/** The push that is tried, unless it is this one. */
const others = (tried: string | undefined, { pushId }: { readonly pushId: string }): Pick<Followed, 'tried'> =>
  tried === undefined || tried === pushId ? {} : { tried };

/** Without what is over, so that most keys have no tally at all. */
const with_ = ({ tally }: Known, key: string, { open = [], tried }: Followed): object | undefined => {
  const { [key]: _, ...others } = (tally ?? {}) as Tally;
  const followed = { ...(open.length > 0 ? { open: open.slice(-mostOpen) } : {}), ...(tried ? { tried } : {}) };
  const all = Object.keys(followed).length > 0 ? { ...others, [key]: followed } : others;
  return Object.keys(all).length > 0 ? all : undefined;
};

/**
 * The open pushes of a placement. The latest one is known without a tally, too: a restored state has none, nor has one
 * that an older version stored.
 */
const openIn = (state: Known, key: string): readonly OpenPush[] => {
  const { open = [] } = followedIn(state, key);
  const latest = unanswered(placementIn(state.received, key));
  if (!latest || open.some(({ id }) => id === latest.push.pushId)) return open;
  const { pushId: id, receivedAt } = latest.push;
  return [...open, { id, receivedAt: Date.parse(receivedAt), deadline: latest.deadline }];
};

const pushed = (state: Known, event: AnyEvent & { readonly data: ImagePushed }, after: Received): Tallied => {
  const { data } = event;
  const key = placementKey(data);
  const { tried } = followedIn(state, key);
  const open = openIn(state, key).filter(({ id }) => id !== data.pushId);
  // An index is never answered.
  if (isIndexOfImages(data.facts)) return { tally: with_(state, key, { open, ...others(tried, data) }), settled: [] };
  const known = openIn(state, key).find(({ id }) => id === data.pushId);
  const isSettled =
    !known && (tried === data.pushId || placementIn(state.received, key).push?.push.pushId === data.pushId);
  const receivedAt = Date.parse(data.receivedAt);
  const all = isSettled
    ? open
    : [...open, known ?? { id: data.pushId, receivedAt, deadline: receivedAt + waitMs(data.origin) }];
  const stillTried = data.inspection?.trying && !data.inspection.early ? data.pushId : tried;
  return settledBy(event, data, after, {
    state,
    key,
    open: all,
    tried: data.facts ? others(stillTried, data).tried : stillTried,
    isAnswered: () => false,
  });
};

const answered = (
  state: Known,
  event: AnyEvent,
  data: DataOf<'finding.classified'> | DataOf<'scan.declined'>,
  after: Received,
): Tallied => {
  const key = placementKey(data);
  const { outcome } = placementIn(after, key);
  // Pages of an answer that is not whole yet.
  if (!outcome || outcome === placementIn(state.received, key).outcome) return unchanged(state);
  const { tried } = followedIn(state, key);
  const at = Date.parse(data.receivedAt);
  return settledBy(event, data, after, {
    state,
    key,
    open: openIn(state, key),
    // It was scanned, so its manifest was read.
    tried: event.topic === 'finding.classified' ? others(tried, data).tried : tried,
    isAnswered: ({ id, receivedAt }) => id === data.pushId || receivedAt < at,
  });
};

/** An answer to the latest push answers all. Before, it answers its own push and those before that. */
const settledBy = (
  { traceparent }: AnyEvent,
  place: Placement,
  after: Received,
  {
    state,
    key,
    open,
    tried,
    isAnswered,
  }: {
    readonly state: Known;
    readonly key: string;
    readonly open: readonly OpenPush[];
    readonly tried: string | undefined;
    readonly isAnswered: (push: OpenPush) => boolean;
  },
): Tallied => {
  const placement = placementIn(after, key);
  const { outcome } = placement;
  const isOver = (push: OpenPush): boolean => !unanswered(placement) || isAnswered(push);
  return {
    tally: with_(state, key, {
      open: outcome ? open.filter((push) => !isOver(push)) : open,
      ...(tried ? { tried } : {}),
    }),
    settled: outcome
      ? open.filter(isOver).map((push) => settledAs(push, place, outcomeOf(outcome), outcome.reason, traceparent))
      : [],
  };
};

/** Those that are settled as overdue before anything is decided about them. */
const overdueAt = (state: Known, key: string, receivedUntil: number): Tallied => {
  const open = openIn(state, key);
  const isLate = ({ deadline, overdue }: OpenPush): boolean => !overdue && deadline < receivedUntil;
  if (!open.some(isLate)) return unchanged(state);
  const place = placementIn(state.received, key).push?.push;
  const before = state.emitted[key];
  // A restored state does not know for which push this was published. It was counted then.
  const wasPublished = before?.reason === 'overdue' && !open.some(({ overdue }) => overdue);
  const { tried } = followedIn(state, key);
  return {
    tally: with_(state, key, {
      open: open.map((push) => (isLate(push) ? { ...push, overdue: true } : push)),
      ...(tried ? { tried } : {}),
    }),
    settled:
      place && !wasPublished
        ? open
            .filter(isLate)
            .map((push) =>
              settledAs(push, place, 'overdue', 'overdue', placementIn(state.received, key).push?.cause.traceparent),
            )
        : [],
  };
};

const outcomeOf = ({ classification, status, reason }: CountingAnswer): SettledAt['outcome'] => {
  if (classification > 0) return status;
  return reason === 'image-deleted' ? 'deleted' : 'declined';
};

const settledAs = (
  { receivedAt, deadline, overdue }: OpenPush,
  { digest, loginServer, repository }: Placement,
  outcome: SettledAt['outcome'],
  reason: string | undefined,
  traceparent: string | undefined,
): SettledAt => ({
  digest,
  loginServer,
  repository,
  lane: deadline - receivedAt > waitMs(undefined) ? 'backfill' : 'push',
  outcome,
  reason,
  receivedAt,
  deadline,
  traceparent,
  ...(overdue ? { wasOverdue: true } : {}),
});
