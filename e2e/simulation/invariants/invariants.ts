import { isConfigTopic } from '@assay/events';
import type { Broken } from '../truth/broken.ts';
import { ContractReader } from '../truth/reader.ts';
import { noImageIsLeftBehind, theNewestDatabaseCounts } from './databases.ts';
import { doubtsAreReasons, healthyHasEvidence, resultsHaveReports } from './evidence.ts';
import { eventOf, markOf, type EndFacts, type Invariant } from './facts.ts';
import { nothingIsLeftToEmit, storesAreFolds } from './folds.ts';
import {
  causesAreAnsweredOnce,
  chargedOnce,
  nothingIsLost,
  readModelsAreWhole,
  scansEndOnce,
  verdictsGrow,
} from './once.ts';
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
  storesAreFolds,
  nothingIsLeftToEmit,
  everyPushHasAStatus,
  nothingIsGivenUp,
  theViewIsRight,
  deadlinesHold,
  lapsesAreEmitted,
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

/**
 * The invariants after a cut. Events that were emitted and lost need not be anywhere, so no other invariant can be
 * required.
 */
const afterACut: readonly Invariant[] = [storesAreFolds, standsStillForACut];

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
