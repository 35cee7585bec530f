import { headIn, withEvent, type PlacementEvent, type PlacementState } from '@assay/recommendation/view/placement';
import { isIndex, shownStatus, type Shown } from '@assay/recommendation/view/status';
import { placementKey, type AnyEvent } from '@assay/events';
import { short, type Invariant, type Said } from './facts.ts';

const placed = new Set(['image.pushed', 'image.deleted', 'scan.approved', 'scan.declined', 'scan.started', 'scan.completed', 'finding.classified', 'recommendation.changed', 'usage.charged']);

/** The view as a fold in memory, by the functions of the real one. */
export const viewOf = (events: readonly Said[]): Map<string, PlacementState> => {
  const view = new Map<string, PlacementState>();
  for (const any of events) {
    if (!placed.has(any.topic)) continue;
    const event = any as AnyEvent as PlacementEvent;
    // Of a paged event the last page counts.
    if ((event.topic === 'scan.completed' || event.topic === 'finding.classified') && event.data.page !== event.data.pages) continue;
    const key = placementKey(event.data);
    view.set(key, withEvent(view.get(key), event));
  }
  return view;
};

const shownAt = (state: PlacementState, now: number): Shown => shownStatus(state, { now, parked: false, staleAfterMs: Infinity });

const isOpen = ({ status, reason }: Shown): boolean => status === 'queued' || status === 'scanning' || reason === 'overdue';

export const everyPushHasAStatus: Invariant = {
  name: 'every push reaches one terminal status',
  *broken(facts) {
    const { view } = facts;
    for (const [placement, state] of view) {
      if (isIndex(state)) continue;
      const shown = shownAt(state, facts.now);
      if (isOpen(shown)) yield `${short(placement)} is ${shown.status} ${shown.reason ?? ''}`;
      const head = headIn(state);
      const { recommended } = state;
      if (head && (recommended?.status !== head.status || recommended.reason !== head.reason)) yield `${short(placement)} is ${head.status} ${head.reason ?? ''}, and ${recommended ? `${recommended.status} ${recommended.reason ?? ''}` : 'nothing'} is recommended`;
    }
    for (const { image: { digest }, registry, repository } of facts.pushes) {
      const known = view.get(placementKey({ registryId: registry.registryId, repository, digest }));
      const state = registry.state(repository, digest);
      if (state === 'tagged' && !known) yield `${repository}@${short(digest)} was pushed, and nobody knows of it`;
      const shown = known && !isIndex(known) ? shownAt(known, facts.now) : undefined;
      if (state === 'gone' && shown && shown.reason !== 'image-deleted') yield `${repository}@${short(digest)} is gone, and shown as ${shown.status}`;
      if (state === 'tagged' && shown?.reason === 'image-deleted') yield `${repository}@${short(digest)} is there, and shown as deleted`;
    }
  },
};

/** The order between topics must not matter to the view. */
export const theViewIsOne: Invariant = {
  name: 'the view is the same in whatever order the topics came',
  *broken(facts) {
    const byTopic = viewOf([...Map.groupBy(facts.events, ({ topic }) => topic).values()].flat());
    for (const [placement, state] of facts.view) {
      const [one, other] = [state, byTopic.get(placement)!].map((each) => JSON.stringify([headIn(each), each.push?.pushId, each.verdict, each.completed, each.answered], Object.keys(each).toSorted()));
      if (one !== other) yield `${short(placement)}: ${one} or ${other}`;
    }
  },
};

const deadlineMs = 15 * 60_000;
/** Leases that run out, attempts and their pauses: so long it may take after everything can be reached again. */
const recoveryMs = 6 * 60_000;

/** Past its deadline a push is never shown as if it were under way; and once all can be reached, it is answered soon. */
export const deadlinesHold: Invariant = {
  name: 'no push is queued for ever',
  *broken(facts) {
    for (const [placement, state] of facts.view) {
      const { push, answered } = state;
      if (!push || isIndex(state) || push.origin === 'sweep') continue;
      const deadline = Date.parse(push.receivedAt) + deadlineMs;
      if (deadline > facts.now) continue;
      const then = viewOf(facts.events.filter(({ at }) => at <= deadline)).get(placement);
      const shown = then && shownAt(then, deadline + 1);
      if (shown && (shown.status === 'queued' || shown.status === 'scanning')) yield `${short(placement)} was ${shown.status} past its deadline`;
      const first = answered?.pushId === push.pushId ? answered.terminal : undefined;
      if (first !== undefined && Date.parse(first) > Math.max(deadline, facts.healedAt) + recoveryMs) yield `${short(placement)} was answered at ${first}, ${push.receivedAt} it was pushed`;
    }
  },
};
