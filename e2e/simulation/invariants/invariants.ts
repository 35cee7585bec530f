import type { Broken } from '../truth/broken.ts';
import { healthyHasEvidence, resultsHaveReports } from './evidence.ts';
import { eventOf, type Facts, type Invariant } from './facts.ts';
import { nothingIsLeftToSay, storesAreFolds } from './folds.ts';
import { causesAreAnsweredOnce, chargedOnce, nothingIsLost, readModelsAreWhole, scansEndOnce, verdictsGrow } from './once.ts';
import { deadlinesHold, everyPushHasAStatus, lapsesAreSaid, nothingIsGivenUp, theViewIsRight } from './statuses.ts';

/** What must hold at the end of every schedule. What must hold at every moment, the ledger watches. */
export const invariants: readonly Invariant[] = [
  nothingIsLost, readModelsAreWhole, causesAreAnsweredOnce, verdictsGrow, scansEndOnce, chargedOnce, resultsHaveReports, healthyHasEvidence, storesAreFolds, nothingIsLeftToSay, everyPushHasAStatus, nothingIsGivenUp, theViewIsRight, deadlinesHold, lapsesAreSaid,
];

/** What is judged, from what there is. */
export const factsOf = (all: Omit<Facts, 'events'>): Facts => {
  return { ...all, events: all.ledger.reader.heard.map(eventOf) };
};

export const judged = (facts: Facts): Broken[] => invariants.flatMap(({ name, broken }) => [...broken(facts)].map((detail): Broken => ({ invariant: name, detail })));
