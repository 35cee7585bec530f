import {
  at,
  causeOf,
  isComplete,
  judgedOf,
  placementKey,
  recalledIn,
  scanSummaryOf,
  unexpected,
  withPage,
  type AssayEvent,
  type ClassifiedFinding,
  type RuleChanged,
  type ScanCompleted,
  type ScanSummary,
  type EventFor,
} from '@assay/events';
import { systemNames } from '@assay/verdict';
import {
  inventoryFacts,
  type Config,
  type Received,
  type ReceivedPlacement,
  type ReceivedScan,
  type Emitted,
  type EmittedPage,
  type EmittedPlacement,
  type InventoryFact,
  type ScanHead,
  type Sightings,
} from './state.ts';

export const evolveReceived = (received: Received, event: EventFor<'classifier'>): Received => {
  const key = placementKey(event.data);
  return { ...received, [key]: withScanPage(received[key] ?? {}, event) };
};

const withScanPage = (placement: ReceivedPlacement, event: AssayEvent<'scan.completed'>): ReceivedPlacement => {
  const { pending } = placement;
  const same = event.data.page === 1 || pending?.pages[0]?.scanId !== event.data.scanId ? undefined : pending;
  if (!same && event.data.page !== 1) return placement;
  const begun = same ?? { pages: [], cause: causeOf(event), id: event.id };
  const set = { ...begun, ...withPage<ScanCompleted>(begun, event.data) };
  if (!isComplete(set)) return { ...placement, pending: set };
  const scan = completed(set.id, set.cause, set.pages);
  return counts(scan, placement.scan) ? { scan } : placement.scan ? { scan: placement.scan } : {};
};

/**
 * True if the scan replaces the one before: its verdict is as high or higher. A failed rescan keeps the last status.
 */
const counts = ({ head }: ReceivedScan, before: ReceivedScan | undefined): boolean => {
  if (head.kind === 'rescan' && head.outcome !== 'succeeded' && before) return false;
  return !before || head.verdict >= before.head.verdict;
};

const completed = (id: string, cause: ReceivedScan['cause'], pages: readonly ScanCompleted[]): ReceivedScan => {
  const first = at(pages, 0);
  const { scanId, kind, mode, outcome, reason, startedAt } = first;
  const head: ScanHead = {
    ...judgedOf(first),
    scanId,
    kind,
    mode,
    outcome,
    startedAt,
    ...scanSummaryOf(first),
    ...(reason ? { reason } : {}),
  };
  return {
    id,
    cause,
    head,
    findings: pages.flatMap(({ findings }) => findings),
    packages: systemNames(
      pages.flatMap(({ packages }) => packages),
      head.os?.family,
    ),
  };
};

export const evolveEmitted = (emitted: Emitted, event: EventFor<'classifier', 'produces'>): Emitted => {
  const key = placementKey(event.data);
  return { ...emitted, [key]: withEmittedPage(emitted[key], event) };
};

const withEmittedPage = (
  before: EmittedPlacement | undefined,
  { data, time }: AssayEvent<'finding.classified'>,
): EmittedPlacement => {
  const { verdict, classification, scanId, status, reason, basis, cause, system, page, pages } = data;
  const facts = inventoryFactsOf(data);
  const head = {
    verdict,
    classification,
    scanId,
    status,
    ...(reason ? { reason } : {}),
    basis,
    cause,
    at: before && before.at > time ? before.at : time,
    ...(system ? { system } : {}),
    ...(facts.length > 0 ? { facts } : {}),
  };
  const follows =
    before !== undefined && page > 1 && before.classification === classification && before.verdict === verdict;
  const [missing, emitted] = follows
    ? [before.missing - 1, [...(before.pending ?? []), pageOf(data.findings)]]
    : [pages - 1, [pageOf(data.findings)]];
  const firstSeenAt = (follows ? before.firstSeenAt : before && sightings(before)) ?? {};
  if (missing > 0) return { ...head, findings: {}, firstSeenAt, missing, pending: emitted };
  return {
    ...head,
    findings: merged(emitted.map(({ findings }) => findings)),
    firstSeenAt: merged([firstSeenAt, ...emitted.map((each) => each.firstSeenAt)]),
    missing,
  };
};

/** The names of the facts about the inventory that a scan has, or that a classification repeats. */
export const inventoryFactsOf = (from: ScanSummary): readonly InventoryFact[] =>
  inventoryFacts.filter((fact) => from[fact] !== undefined);

const pageOf = (findings: readonly ClassifiedFinding[]): EmittedPage => ({
  findings: Object.fromEntries(
    findings.map(({ findingId, severity, ruleId, fixedVersion }) => [
      findingId,
      { severity, ...(ruleId ? { rule: ruleId } : {}), ...(fixedVersion ? { fixed: fixedVersion } : {}) },
    ]),
  ),
  firstSeenAt: Object.fromEntries(findings.map(({ findingId, firstSeenAt }) => [findingId, firstSeenAt])),
});

const merged = <Value>(records: readonly Readonly<Record<string, Value>>[]): Readonly<Record<string, Value>> =>
  Object.assign({}, ...records) as Record<string, Value>;

/** Returns when each finding was first seen, including the pages of an incomplete classification. */
export const sightings = ({ firstSeenAt, pending = [] }: EmittedPlacement): Sightings =>
  pending.length === 0 ? firstSeenAt : merged([firstSeenAt, ...pending.map((page) => page.firstSeenAt)]);

/** Two scopes may use the same rule id. */
const ruleKey = ({ scope, ruleId }: RuleChanged): string => `${scope.toLowerCase().replace(/\/$/, '')}|${ruleId}`;

export const noConfig: Config = { rules: {}, recalled: {} };

export const evolveConfig = (config: Config, event: EventFor<'classifier', 'config'>): Config => {
  switch (event.topic) {
    case 'rule.changed': {
      const cause = causeOf(event);
      const key = ruleKey(event.data);
      const { [key]: _before, ...others } = config.rules;
      return {
        ...config,
        rules: event.data.removed ? others : { ...others, [key]: { rule: event.data, cause } },
        changed: cause,
      };
    }
    case 'operator.acted': {
      const digest = recalledIn(event);
      return digest === undefined ? config : { ...config, recalled: { ...config.recalled, [digest]: causeOf(event) } };
    }
    default:
      return unexpected(event);
  }
};
