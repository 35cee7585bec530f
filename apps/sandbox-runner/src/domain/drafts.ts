import {
  derivedId,
  intoPages,
  judgedOf,
  placementKey,
  scanFactsOf,
  type Cause,
  type Database,
  type ScanApproved,
  type ScanFacts,
  type ScanTimes,
} from '@assay/events';
import type { EventDraft } from '@assay/event-sourcing';
import { findingForm, type VulnerabilityDescription } from './halves.ts';
import type { NumberedSet } from './results.ts';
import type { KnownResult } from './standing.ts';
import type { Bench, ScanSuccess } from './state.ts';

/** An approval with the event that brought it, and a fact that its answer carries besides a result. */
export interface Answered {
  readonly data: ScanApproved;
  readonly cause: Cause;
  /** The placement was declined since its last answer. */
  readonly afterDecline: boolean;
}

const headOf = ({ data, afterDecline }: Pick<Answered, 'data' | 'afterDecline'>): object => ({
  ...judgedOf(data),
  scanId: data.scanId,
  kind: data.kind,
  mode: data.mode,
  ...(afterDecline ? { afterDecline } : {}),
});

const numbersOf = ({ result, content, set, layers, removed }: NumberedSet): object => ({
  result,
  content,
  set,
  ...(layers ? { layers } : {}),
  ...(removed ? { removed } : {}),
});

/** The answer with the result of a scan of its own, which carries the set. */
export const completed = (
  approval: Answered,
  scanned: ScanSuccess,
  numbered: NumberedSet,
  attempt: number,
): EventDraft[] => {
  const head = {
    ...headOf(approval),
    outcome: 'succeeded',
    attempt,
    ...scanFactsOf(scanned),
    ...numbersOf(numbered),
  };
  return intoPages(head, { findings: numbered.findings }).map((data) => ({
    topic: 'scan.completed',
    cause: approval.cause,
    idempotencyKey: placementKey(approval.data),
    occurrence: `${attempt}/${numbered.result}/${scanned.startedAt}/${data.page}`,
    data,
  }));
};

/** The answer with a result that was published before: its number alone. */
export const joined = (approval: Answered, { standing, database }: KnownResult, shown?: string): EventDraft => {
  const { result, set, scanId, traceparent } = standing;
  return {
    topic: 'scan.completed',
    cause: approval.cause,
    idempotencyKey: placementKey(approval.data),
    occurrence: `0/${result}/joined`,
    data: {
      ...headOf(approval),
      page: 1,
      pages: 1,
      outcome: 'succeeded',
      attempt: 0,
      joinedScanId: scanId,
      ...(shown === undefined ? {} : { shown }),
      ...scanFactsOf({ ...standing, database }),
      result,
      content: 'none',
      set,
      findings: [],
    },
    links: [traceparent],
  };
};

/** The answer without a result. */
export const ended = (
  approval: Answered,
  outcome: 'failed' | 'timed-out',
  { reason, attempt, times, trying = false }: { reason: string; attempt: number; times: ScanTimes; trying?: boolean },
  bench: Bench,
): EventDraft => ({
  topic: 'scan.completed',
  cause: approval.cause,
  idempotencyKey: placementKey(approval.data),
  occurrence: `${attempt}/${outcome}/${reason}${trying ? '/trying' : ''}`,
  data: {
    ...headOf(approval),
    page: 1,
    pages: 1,
    outcome,
    reason,
    attempt,
    ...(trying ? { trying } : {}),
    ...scanFactsOf({ ...times, ...bench, form: findingForm }),
    content: 'none',
    findings: [],
  },
});

export const started = (
  { data, cause }: Pick<Answered, 'data' | 'cause'>,
  attempt: number,
  bench: Bench,
): EventDraft => ({
  topic: 'scan.started',
  cause,
  idempotencyKey: placementKey(data),
  occurrence: attempt,
  data: {
    ...judgedOf(data),
    scanId: data.scanId,
    attempt,
    scanner: bench.scanner,
    driver: bench.driver,
  },
});

/** Why a digest has a result without an approval. */
export interface Reassessed {
  readonly cause: Cause;
  /** Offset of the announcement by which it was assessed. Absent if a set is published again, or was lost. */
  readonly announced?: number;
}

/** The result of a digest that was assessed again, or whose set is published again. */
export const reassessed = (
  digest: string,
  { cause, announced }: Reassessed,
  scanned: ScanFacts,
  numbered: NumberedSet,
): EventDraft[] => {
  const { report: _report, ...facts } = scanFactsOf(scanned);
  return intoPages({ digest, ...facts, ...numbersOf(numbered) }, { findings: numbered.findings }).map((data) => ({
    topic: 'scan.reassessed',
    cause,
    idempotencyKey: digest,
    occurrence: `${announced ?? 'whole'}/${numbered.result}/${scanned.startedAt}/${data.page}`,
    data,
  }));
};

/** A header of a record is a line of text. Ids of the databases are, and those of a hostile report may not be. */
const plainId = /^[\u0021-\u007e]{1,255}$/;

/** The key of a description: the id of the vulnerability if it is plain text, else an id derived from it. */
export const descriptionKey = (vulnerability: string): string =>
  plainId.test(vulnerability) ? vulnerability : derivedId('vulnerability', vulnerability);

/** Descriptions of vulnerabilities. The same words of the same database have the same id in every partition. */
export const described = (
  descriptions: readonly VulnerabilityDescription[],
  { scanner, database }: { readonly scanner: { readonly name: string }; readonly database: Database },
  cause: Cause,
): EventDraft[] =>
  descriptions.map((description) => ({
    topic: 'vulnerability.described',
    cause,
    idempotencyKey: description.vulnerability,
    id: derivedId('description', scanner.name, database.digest, JSON.stringify(description)),
    key: descriptionKey(description.vulnerability),
    data: { ...description, scanner: scanner.name, database },
  }));
