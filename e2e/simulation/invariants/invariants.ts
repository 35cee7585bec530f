import type { Received } from '@assay/classifier/domain/state';
import { configTopics, isConfigTopic, keyedTopics, placementKey, type Judged } from '@assay/events';
import type { State } from '@assay/event-sourcing';
import type { Broken } from '../truth/broken.ts';
import { ContractReader } from '../truth/reader.ts';
import { answersAreFounded, isScannable, noImageIsLeftBehind, theNewestDatabaseCounts } from './databases.ts';
import { doubtsAreReasons, healthyHasEvidence, resultsHaveReports } from './evidence.ts';
import { eventOf, markOf, ofTopic, short, type EndFacts, type Invariant } from './facts.ts';
import { nothingIsLeftToEmit, storesAreFolds } from './folds.ts';
import {
  causesAreAnsweredOnce,
  chargedOnce,
  nothingIsLost,
  readModelsAreWhole,
  scansEndOnce,
  verdictsGrow,
} from './once.ts';
import { closingsAreDue } from './running.ts';
import { tagsAreTheRegistrys, tagsMoveAsTheRegistrys } from './tags.ts';
import { deadlinesHold, everyPushHasAStatus, lapsesAreEmitted, nothingIsGivenUp, theViewIsRight } from './statuses.ts';

/** Must hold at the end of every schedule. The ledger checks what must hold at every moment. */
export const invariants: readonly Invariant[] = [
  nothingIsLost,
  readModelsAreWhole,
  causesAreAnsweredOnce,
  verdictsGrow,
  scansEndOnce,
  chargedOnce,
  resultsHaveReports,
  healthyHasEvidence,
  doubtsAreReasons,
  noImageIsLeftBehind,
  theNewestDatabaseCounts,
  answersAreFounded,
  storesAreFolds,
  nothingIsLeftToEmit,
  everyPushHasAStatus,
  nothingIsGivenUp,
  theViewIsRight,
  deadlinesHold,
  lapsesAreEmitted,
  tagsAreTheRegistrys,
  tagsMoveAsTheRegistrys,
  closingsAreDue,
];

/**
 * A partition stands still only if the log was cut under it, and reports it. A partition that does not stand still has
 * skipped nothing: its store is the fold of the present log.
 */
const standsStillForACut: Invariant = {
  name: 'nothing stands still but where the log was cut',
  *broken({ records, stores }) {
    for (const [app, store] of Object.entries(stores)) {
      for (let partition = 0; partition < records.partitions; partition += 1) {
        const { standstill } = store.rows(partition).head;
        if (standstill && records.cuts(standstill.topic, isConfigTopic(standstill.topic) ? 0 : partition) === 0)
          yield `${app}/${partition}: ${standstill.message}`;
      }
    }
  },
};

/** True if nothing but results was taken out of the log. */
const areOnlyResultsCut = (records: EndFacts['records']): boolean =>
  [...keyedTopics, ...configTopics].every(
    (topic) =>
      topic === 'scan.completed' ||
      Array.from({ length: isConfigTopic(topic) ? 1 : records.partitions }, (_, partition) => partition).every(
        (partition) => records.cuts(topic, partition) === 0,
      ),
  );

/** An image with a success whose set is not known. */
const unknownIn = function* ({ stores, records }: EndFacts): Iterable<Judged & { readonly partition: number }> {
  for (let partition = 0; partition < records.partitions; partition += 1) {
    const runner = stores['sandbox-runner'].rows(partition);
    const working = new Set([...runner.jobs.values()].map(({ key }) => key));
    if (runner.head.standstill) continue;
    for (const { key, state } of stores.classifier.rows(partition).states.values()) {
      const { lost, placements } = (JSON.parse(state) as State<Received, unknown>).received;
      if (!lost || working.has(key)) continue;
      for (const { answer } of Object.values(placements))
        if (answer?.head.outcome === 'succeeded') yield { ...answer.head, partition };
    }
  }
};

/** A result that the log lost is followed by a whole set, if a placement holds it and its image is there. */
const setsAreKnownAgain: Invariant = {
  name: 'a set that a cut took away comes again',
  *broken(facts) {
    if (!areOnlyResultsCut(facts.records)) return;
    const isPresent = isScannable(facts);
    const declined = Map.groupBy(ofTopic(facts, 'scan.declined'), ({ data }) => placementKey(data));
    for (const { partition, ...image } of unknownIn(facts)) {
      const last = Math.max(0, ...(declined.get(placementKey(image)) ?? []).map(({ data }) => data.verdict));
      if (last <= image.verdict && isPresent(image))
        yield `classifier/${partition} does not know the set of ${short(placementKey(image))}`;
    }
  },
};

/**
 * The invariants after a cut. Events that were emitted and lost need not be anywhere, so no other invariant can be
 * required.
 */
const afterACut: readonly Invariant[] = [storesAreFolds, standsStillForACut, setsAreKnownAgain];

/** The facts to judge, with the events of the log. */
export const factsOf = (all: Omit<EndFacts, 'events' | 'marks'>): EndFacts => {
  const { received, marks } = all.records.isCut ? readCurrent(all.records) : all.ledger.reader;
  return {
    ...all,
    events: received.map(eventOf),
    marks: [...marks.values()].filter(({ record: { topic } }) => topic === 'finding.classified').map(markOf),
  };
};

/** Reads the log as it is now. */
const readCurrent = (records: EndFacts['records']): ContractReader => {
  const reader = new ContractReader();
  for (const record of records.all()) reader.take(record, 0);
  return reader;
};

export const judged = (facts: EndFacts): Broken[] =>
  (facts.records.isCut ? afterACut : [...invariants, standsStillForACut]).flatMap(({ name, broken }) =>
    [...broken(facts)].map((detail): Broken => ({ invariant: name, detail })),
  );
