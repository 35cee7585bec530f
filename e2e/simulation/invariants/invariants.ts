import { isConfigTopic } from '@assay/events';
import type { Broken } from '../truth/broken.ts';
import { Reader } from '../truth/reader.ts';
import { healthyHasEvidence, resultsHaveReports } from './evidence.ts';
import { eventOf, type Facts, type Invariant } from './facts.ts';
import { nothingIsLeftToSay, storesAreFolds } from './folds.ts';
import {
  causesAreAnsweredOnce,
  chargedOnce,
  nothingIsLost,
  readModelsAreWhole,
  scansEndOnce,
  verdictsGrow,
} from './once.ts';
import { deadlinesHold, everyPushHasAStatus, lapsesAreEmitted, nothingIsGivenUp, theViewIsRight } from './statuses.ts';

/** What must hold at the end of every schedule. What must hold at every moment, the ledger watches. */
export const invariants: readonly Invariant[] = [
  nothingIsLost,
  readModelsAreWhole,
  causesAreAnsweredOnce,
  verdictsGrow,
  scansEndOnce,
  chargedOnce,
  resultsHaveReports,
  healthyHasEvidence,
  storesAreFolds,
  nothingIsLeftToSay,
  everyPushHasAStatus,
  nothingIsGivenUp,
  theViewIsRight,
  deadlinesHold,
  lapsesAreEmitted,
];

/**
 * A partition stands still where the log was cut under it, and says so; one that does not has skipped nothing: its
 * store is the fold of the log as it is.
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
 * What is judged where the log was cut: what was said and is gone ought to be nowhere, so all the rest cannot be asked
 * for.
 */
const afterACut: readonly Invariant[] = [storesAreFolds, standsStillForACut];

/** What is judged, from what there is. */
export const factsOf = (all: Omit<Facts, 'events'>): Facts => {
  return { ...all, events: (all.records.isCut ? readAnew(all.records) : all.ledger.reader).received.map(eventOf) };
};

/** What a reader takes in who reads the log as it is. */
const readAnew = (records: Facts['records']): Reader => {
  const reader = new Reader();
  for (const record of records.all()) reader.take(record, 0);
  return reader;
};

export const judged = (facts: Facts): Broken[] =>
  (facts.records.isCut ? afterACut : [...invariants, standsStillForACut]).flatMap(({ name, broken }) =>
    [...broken(facts)].map((detail): Broken => ({ invariant: name, detail })),
  );
