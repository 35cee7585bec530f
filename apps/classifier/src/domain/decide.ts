import {
  intoPages,
  isoTime,
  judgedOf,
  placementKey,
  recalledIn,
  type ClassificationCause,
  type ClassifiedFinding,
  type SystemPackages,
} from '@assay/events';
import type { Circumstances, Decision, Draft, Program } from '@assay/event-sourcing';
import { scannerRecalled, standing, systemPackages, type Evidence, type Standing } from '@assay/verdict';
import { classified, counted, findingIdOf, rulesFor } from './findings.ts';
import { follow, hear, noConfig, say, sightings } from './folds.ts';
import type { Config, Heard, HeardScan, Said, SaidPlacement } from './state.ts';

/** Raised when the rows or rules of this program change; what it changes nothing about is not said again. */
const programVersion = 'classifier/2';

/** Is the scan that counts classified, and by today's rules? */
const decide = ({ heard, said }: { heard: Heard; said: Said }, { config, now }: Circumstances<Config>): Decision => {
  const says = Object.keys(heard)
    .toSorted()
    .flatMap((key) => {
      const { scan } = heard[key]!;
      return scan ? classificationOf(scan, said[key], config, now) : [];
    });
  const scopes = Object.values(config.rules).flatMap(({ rule }) =>
    rule.expiresAt ? [Date.parse(rule.expiresAt)] : [],
  );
  const expiries = scopes.filter((at) => at > now);
  return { says, wakeAt: expiries.length > 0 ? Math.min(...expiries) + 1 : undefined };
};

const classificationOf = (scan: HeardScan, said: SaidPlacement | undefined, config: Config, clock: number): Draft[] => {
  const { head } = scan;
  // Clocks of hosts differ: a rule that had expired for the host before does not come back for one whose clock is behind.
  const now = said ? Math.max(clock, Date.parse(said.at)) : clock;
  const rules = rulesFor(config, head, now);
  const isAnswered = said !== undefined && said.missing === 0 && said.basis.includes(scan.id);
  const seen = isoTime(now);
  const before = said && sightings(said);
  const findings = classified(scan.findings, head, rules, (id) => before?.[id] ?? seen);
  const recall = config.recalled[head.scanner.digest];
  const evidence = evidenceOf(scan, recall !== undefined);
  const stands = standing(evidence, findings.filter(({ state }) => state === 'active').length);
  if (isAnswered && !differs(said, stands, evidence, findings)) return [];
  const cause: ClassificationCause = isAnswered
    ? isRecalled(stands) && !isRecalled(said)
      ? 'recall'
      : 'rule'
    : head.kind === 'rescan' && isAssessed(said)
      ? 'rescan'
      : 'scan';
  const classification = said?.verdict === head.verdict ? said.classification + 1 : 1;
  const basis = [
    programVersion,
    scan.id,
    ...rules.map(({ rule: { ruleId }, cause: { id } }) => `rule/${ruleId}/${id}`),
  ];
  const { scanId, mode, scannerMs, scanner, database, driver, os } = head;
  const kept = {
    ...judgedOf(head),
    scanId,
    mode,
    scannerMs,
    scanner,
    database,
    driver,
    ...(os ? { os } : {}),
    ...(evidence.system ? { system: evidence.system } : {}),
  };
  const pages = intoPages({ ...kept, classification, cause, basis, ...stands, ...counted(findings) }, { findings });
  const from = cause === 'recall' ? recall! : isAnswered ? (config.changed ?? scan.cause) : scan.cause;
  return pages.map((data) => ({
    topic: 'finding.classified',
    cause: from,
    about: placementKey(head),
    n: `${head.verdict}.${classification}/${data.page}`,
    data,
  }));
};

/** What the scan rests on, by the events alone, so that asking again later gives the same answer. */
const evidenceOf = (
  { head: { outcome, reason, mode, os, database, startedAt, receivedAt }, packages }: HeardScan,
  recalled: boolean,
): Evidence => ({
  outcome,
  ...(reason ? { failure: reason } : {}),
  recalled,
  mode,
  ...(os ? { os } : {}),
  ...(outcome === 'succeeded' ? { system: systemPackages(packages) } : {}),
  database,
  askedMs: Math.max(Date.parse(startedAt), Date.parse(receivedAt)),
});

/** A rescan that overtook the scan, or that succeeds where it failed, is the first assessment, and counts as one. */
const isAssessed = (said: SaidPlacement | undefined): boolean => said !== undefined && said.status !== 'undetermined';

const isRecalled = ({ reason }: Pick<Standing, 'reason'>): boolean => reason === scannerRecalled;

/** Whether what would be said today is not what was said. */
const differs = (
  said: SaidPlacement,
  { status, reason }: Standing,
  { system }: Evidence,
  findings: readonly ClassifiedFinding[],
): boolean =>
  said.status !== status ||
  said.reason !== reason ||
  !isSameSystem(said.system, system) ||
  Object.keys(said.findings).length !== findings.length ||
  findings.some(({ findingId, severity, ruleId, fixedVersion }) => {
    const before = said.findings[findingId];
    return !before || before.severity !== severity || before.rule !== ruleId || before.fixed !== fixedVersion;
  });

const isSameSystem = (said: SystemPackages | undefined, now: SystemPackages | undefined): boolean =>
  said?.count === now?.count && said?.packageManager === now?.packageManager && said?.shell === now?.shell;

/** Turns each scan into a status and findings. */
export const program: Program<Heard, Said, Config> = {
  app: 'classifier',
  stateVersion: 2,
  empty: () => ({ heard: {}, said: {} }),
  hear,
  say,
  decide,
  noConfig,
  follow,
  matters: (event) => event.topic === 'rule.changed' || recalledIn(event) !== undefined,
};

export { findingIdOf };
