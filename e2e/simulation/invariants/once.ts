import { channelOf, placementKey, type Inspection, type Placement, type Topic } from '@assay/events';
import { readTopics } from '../services/read-model.ts';
import { byPlacement, inEmittedOrder, ofTopic, short, type Invariant } from './facts.ts';

/** Every event that a service committed to emit is in the log, and no reader drops it. */
export const nothingIsLost: Invariant = {
  name: 'what was committed is said, and heard by everybody',
  *broken({ ledger, events }) {
    const received = new Map(events.map((event) => [event.id, event]));
    for (const {
      app,
      row: { topic, headers },
      forgotten,
    } of ledger.committed) {
      if (forgotten) continue;
      const event = received.get(headers.ce_id!) ?? ledger.reader.marks.get(headers.ce_id!);
      if (!event)
        yield (
          `${app} committed ${topic} ${headers.ce_id} as ${headers.ce_sequence ?? 'unsequenced'}, and ` +
          'nobody hears it'
        );
      else if (event.sequence !== headers.ce_sequence)
        yield (
          `${app} committed ${topic} ${headers.ce_id} as ${headers.ce_sequence ?? 'unsequenced'}, and ` +
          `everybody hears it as ${event.sequence ?? 'unsequenced'}`
        );
    }
  },
};

/** In spite of failed writes, each read model accepted the same events as readers of the log, each once. */
export const readModelsAreWhole: Invariant = {
  name: 'every read model took in every event once',
  *broken({ files, events }) {
    const wanted = new Set(events.filter(({ topic }) => readTopics.includes(channelOf(topic))).map(({ id }) => id));
    for (const [index, { taken }] of files.entries()) {
      for (const id of wanted)
        if (taken.get(id) !== 1) yield `read model ${index + 1} took ${id} in ${taken.get(id) ?? 0} times`;
      for (const id of taken.keys())
        if (!wanted.has(id)) yield `read model ${index + 1} took ${id} in, which nobody else hears`;
    }
  },
};

export const verdictsGrow: Invariant = {
  name: 'the verdicts of a placement grow by one',
  *broken(facts) {
    const verdicts = inEmittedOrder([...ofTopic(facts, 'scan.approved'), ...ofTopic(facts, 'scan.declined')]);
    for (const [placement, given] of byPlacement(verdicts)) {
      const numbers = given.map(({ data }) => data.verdict);
      if (numbers.some((verdict, index) => verdict !== index + 1))
        yield `${short(placement)} has the verdicts ${numbers.join(', ')}`;
    }
  },
};

interface Paged {
  readonly data: { readonly page: number; readonly pages: number };
}

/**
 * Cuts pages, in their order, into sets. An interrupted set is followed by another: readers discard the first, and its
 * producer knows that it was not sent.
 */
const wholeSets = <E extends Paged>(events: readonly E[]): E[][] => {
  const sets: E[][] = [];
  for (const event of events) {
    if (event.data.page === 1) sets.push([]);
    sets.at(-1)?.push(event);
  }
  return sets.filter(
    (set) => set.length === set[0]!.data.pages && set.every(({ data }, index) => data.page === index + 1),
  );
};

/**
 * Each approval ends in one complete completion. A timeout or a failure may be followed by a better one: a failure is
 * retried, or tried again once another database is announced.
 */
export const scansEndOnce: Invariant = {
  name: 'every approval ends in one completion',
  *broken(facts) {
    for (const [scanId, pages] of Map.groupBy(ofTopic(facts, 'scan.completed'), ({ data }) => data.scanId)) {
      const late = pages.filter(({ data }) => data.outcome === 'timed-out').length;
      const trying = pages.filter(({ data }) => data.trying).length;
      const final = pages.filter(({ data }) => data.outcome !== 'timed-out' && !data.trying);
      const outcomes = wholeSets(final).map(([first]) => first!.data.outcome);
      const isOnce = outcomes.length < 2 || outcomes.join() === 'failed,succeeded';
      if (late > 1 || trying > 1 || !isOnce || late + trying + outcomes.length === 0)
        yield (
          `${scanId} was completed ${late} times too late, ${trying} times in vain, and by the pages ` +
          final.map(({ data }) => `${data.page}/${data.pages} ${data.outcome} (attempt ${data.attempt})`).join(', ')
        );
    }
  },
};

/** The price of an image without a configured price (docs/billing.md). */
const listPrice = '0.29 USD';

export const chargedOnce: Invariant = {
  name: 'one charge per subscription and digest',
  *broken(facts) {
    const due = new Set(
      ofTopic(facts, 'finding.classified')
        .filter(
          ({ data: { status, page, pages } }) => page === pages && (status === 'healthy' || status === 'unhealthy'),
        )
        .map(({ data }) => payerOf(data)),
    );
    const charges = Map.groupBy(ofTopic(facts, 'usage.charged'), ({ data }) => payerOf(data));
    for (const payer of new Set([...due, ...charges.keys()])) {
      const times = charges.get(payer)?.length ?? 0;
      for (const {
        data: { amount, currency },
      } of charges.get(payer) ?? [])
        if (`${amount} ${currency}` !== listPrice)
          yield `${short(payer)} was charged ${amount} ${currency}, and the list price is ${listPrice}`;
      if (times !== Number(due.has(payer)))
        yield `${short(payer)} was charged ${times} times${due.has(payer) ? '' : ' for nothing'}`;
    }
  },
};

const payerOf = ({ subscriptionId, digest }: { subscriptionId: string; digest: string }): string =>
  `${subscriptionId} ${digest}`;

const answering = [
  'image.pushed',
  'image.deleted',
  'scan.approved',
  'scan.declined',
  'recommendation.changed',
  'usage.charged',
] as const;

/** Reasons that come besides the answer to a cause: by time alone, or because an operator dropped what came next. */
const lapses: ReadonlySet<string> = new Set(['stale', 'overdue', 'untagged', 'failed/result-lost']);

/** A result that follows without another cause, besides the answer to the cause. */
const lapseIn = (data: object): string =>
  'assessmentKey' in data && 'reason' in data && lapses.has(String(data.reason))
    ? `${String(data.reason)} ${'fixable' in data ? String(data.fixable) : ''}`
    : '';

/** An image that loses its tags again and again is closed and opened as often; the turn distinguishes these answers. */
const closingTurns = (): ((event: { readonly topic: Topic; readonly data: Placement }) => string) => {
  const closings = new Map<string, number>();
  return ({ topic, data }) => {
    if (topic !== 'recommendation.changed') return '';
    const key = placementKey(data);
    const turn = closings.get(key) ?? 0;
    if ('reason' in data && data.reason === 'untagged') closings.set(key, turn + 1);
    return ` after ${turn} closings`;
  };
};

/**
 * Unreadable content is reported early, once per change of the obstacle, and again when it can be read. The label
 * distinguishes answers that may coexist: two equal ones in a row are one too many.
 */
const retryLabels = (): ((event: {
  readonly causationid?: string | undefined;
  readonly data: Placement;
}) => string) => {
  const last = new Map<string, { readonly code: string; readonly turn: number }>();
  return ({ causationid, data }) => {
    const { trying, unasked, early, code } = 'inspection' in data ? (data.inspection as Partial<Inspection>) : {};
    if (!trying) return '';
    if (early) return 'early';
    const key = `${causationid} ${placementKey(data)}`;
    const [before, now] = [last.get(key), unasked ? 'unasked' : code!];
    const turn = (before?.turn ?? 0) + Number(before?.code !== now);
    last.set(key, { code: now, turn });
    return `in vain, ${now} at turn ${turn}`;
  };
};

/**
 * One cause has one answer per placement. A rule that expires has two, and so has the recall of a database. A result
 * has one more for each database whose mark excepted the image, as a first assessment while there was none.
 */
export const causesAreAnsweredOnce: Invariant = {
  name: 'every cause is answered once',
  *broken(facts) {
    const classified = [...byPlacement(ofTopic(facts, 'finding.classified')).values()].flatMap((pages) =>
      wholeSets(pages).map(([first]) => first!),
    );
    const [retryLabelOf, turnOf] = [retryLabels(), closingTurns()];
    const answers = Map.groupBy(
      [...answering.flatMap((topic) => ofTopic(facts, topic)), ...classified],
      ({ topic, causationid, data }) =>
        `${causationid} ${topic.replace(/approved|declined/, 'verdict')} ${placementKey(data)} ` +
        `${'cause' in data && data.cause === 'rule' ? data.exempt : ''}` +
        `${'cause' in data && (data.cause === 'scan' || data.cause === 'rescan') ? data.database.digest : ''}` +
        `${'cause' in data && data.reason === 'database-recalled' ? data.reason : ''}` +
        `${lapseIn(data)}${turnOf({ topic, data })}${retryLabelOf({ causationid, data })}`,
    );
    for (const [cause, emitted] of answers)
      if (emitted.length > 1)
        yield `${short(cause)} was answered by ${emitted.map(({ topic, id }) => `${topic} ${id}`).join(', ')}`;
  },
};
