import {
  sortedEntries,
  intoPages,
  isoTime,
  judgedOf,
  placementKey,
  recalledIn,
  scanSummaryOf,
  type ClassificationCause,
  type ClassifiedFinding,
  type SystemPackages,
} from '@assay/events';
import type { DecideContext, Decision, EventDraft } from '@assay/event-sourcing';
import { defineDecider } from '@assay/event-sourcing/decider';
import {
  scannerRecalled,
  standing,
  systemPackages,
  systemPackagesIn,
  type Evidence,
  type Standing,
} from '@assay/verdict';
import { classified, counted, findingIdOf, rulesFor } from './findings.ts';
import { evolveConfig, evolveReceived, inventoryFactsOf, noConfig, evolveEmitted, sightings } from './folds.ts';
import type { Config, Received, ReceivedScan, Emitted, EmittedPlacement, ScanHead } from './state.ts';

/**
 * Raise when the severity rows or the status rules change. Only classifications whose outcome differs are emitted
 * again.
 */
const programVersion = 'classifier/3';

/** Emits a classification for each placement whose scan is not classified by today's rules yet. */
const decide = (
  { received, emitted }: { received: Received; emitted: Emitted },
  { config, now }: DecideContext<Config>,
): Decision => {
  const events = sortedEntries(received).flatMap(([key, { scan }]) =>
    scan ? classificationOf(scan, emitted[key], config, now) : [],
  );
  const expiries = Object.values(config.rules)
    .flatMap(({ rule }) => (rule.expiresAt ? [Date.parse(rule.expiresAt)] : []))
    .filter((at) => at > now);
  return { events, wakeAt: expiries.length > 0 ? Math.min(...expiries) + 1 : undefined };
};

const classificationOf = (
  scan: ReceivedScan,
  emitted: EmittedPlacement | undefined,
  config: Config,
  clock: number,
): EventDraft[] => {
  const { head } = scan;
  // Clocks of hosts differ: a rule that expired by another host's clock must not apply again on a host whose clock is
  // behind.
  const now = emitted ? Math.max(clock, Date.parse(emitted.at)) : clock;
  const rules = rulesFor(config, head, now);
  const isAnswered = emitted !== undefined && emitted.missing === 0 && emitted.basis.includes(scan.id);
  const seen = isoTime(now);
  const before = emitted && sightings(emitted);
  const findings = classified(scan.findings, head, rules, (id) => before?.[id] ?? seen);
  const recall = config.recalled[head.scanner.digest];
  const evidence = evidenceOf(scan, recall !== undefined);
  const stands = standing(evidence, findings.filter(({ state }) => state === 'active').length);
  if (isAnswered && !differs(emitted, head, stands, evidence, findings)) return [];
  const cause: ClassificationCause = isAnswered
    ? isRecalled(stands) && !isRecalled(emitted)
      ? 'recall'
      : 'rule'
    : head.kind === 'rescan' && isAssessed(emitted)
      ? 'rescan'
      : 'scan';
  const classification = emitted?.verdict === head.verdict ? emitted.classification + 1 : 1;
  const basis = [
    programVersion,
    scan.id,
    ...rules.map(({ rule: { ruleId }, cause: { id } }) => `rule/${ruleId}/${id}`),
  ];
  const { scanId, mode } = head;
  const kept = {
    ...judgedOf(head),
    scanId,
    mode,
    ...scanSummaryOf(head),
    ...(evidence.system ? { system: evidence.system } : {}),
  };
  const pages = intoPages({ ...kept, classification, cause, basis, ...stands, ...counted(findings) }, { findings });
  const from = (cause === 'recall' ? recall : isAnswered ? config.changed : undefined) ?? scan.cause;
  return pages.map((data) => ({
    topic: 'finding.classified',
    cause: from,
    idempotencyKey: placementKey(head),
    occurrence: `${head.verdict}.${classification}/${data.page}`,
    data,
  }));
};

/** Takes its times from the events alone, so that deciding again later gives the same answer. */
const evidenceOf = (
  {
    head: { outcome, reason, mode, os, database, startedAt, receivedAt, witness, inventory, warnings },
    packages,
  }: ReceivedScan,
  recalled: boolean,
): Evidence => ({
  outcome,
  ...(reason ? { failure: reason } : {}),
  recalled,
  mode,
  ...(os ? { os } : {}),
  ...(outcome === 'succeeded' ? { system: inventory ? systemPackagesIn(inventory) : systemPackages(packages) } : {}),
  ...(witness ? { witness } : {}),
  ...(warnings ? { warnings } : {}),
  database,
  evaluatedMs: Math.max(Date.parse(startedAt), Date.parse(receivedAt)),
});

/**
 * True if the image was assessed before. A rescan that overtakes its scan, or succeeds after it failed, is the first
 * assessment and counts as a scan.
 */
const isAssessed = (emitted: EmittedPlacement | undefined): boolean =>
  emitted !== undefined && emitted.status !== 'undetermined';

const isRecalled = ({ reason }: Pick<Standing, 'reason'>): boolean => reason === scannerRecalled;

/** True if a classification made now would differ from the one emitted. */
const differs = (
  emitted: EmittedPlacement,
  head: ScanHead,
  { status, reason }: Standing,
  { system }: Evidence,
  findings: readonly ClassifiedFinding[],
): boolean =>
  emitted.status !== status ||
  emitted.reason !== reason ||
  !isSameSystem(emitted.system, system) ||
  (emitted.facts ?? []).join() !== inventoryFactsOf(head).join() ||
  Object.keys(emitted.findings).length !== findings.length ||
  findings.some(({ findingId, severity, ruleId, fixedVersion }) => {
    const before = emitted.findings[findingId];
    return !before || before.severity !== severity || before.rule !== ruleId || before.fixed !== fixedVersion;
  });

const isSameSystem = (emitted: SystemPackages | undefined, now: SystemPackages | undefined): boolean =>
  emitted?.count === now?.count && emitted?.packageManager === now?.packageManager && emitted?.shell === now?.shell;

/** Turns each scan into a status and findings. */
export const decider = defineDecider<'classifier', Received, Emitted, Config>({
  app: 'classifier',
  stateVersion: 4,
  empty: () => ({ received: {}, emitted: {} }),
  evolveReceived,
  evolveEmitted,
  decide,
  noConfig,
  evolveConfig,
  matters: (event) => event.topic === 'rule.changed' || recalledIn(event) !== undefined,
});

export { findingIdOf };
