import type { ChargeAnswer, ChildAnswer, FindingAnswer, PlacementAnswer } from '../../client/answers.ts';
import { isJoined } from '../../push/awaiting.ts';
import type { Uncharged } from '../../push/uncharged.ts';
import { oneLine } from '../../terminal/colors.ts';
import { longestValue, rowsIn } from '../../terminal/rows.ts';
import { shortened, table } from '../../terminal/table.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import { doubtsText, evidenceRows } from './evidence.ts';
import { durationText, minuteOf, restingText, severities, statusText, worstText } from '../../terminal/format.ts';

const mostShown = 15;
/** Findings in a sentence about several. */
const mostNamed = 5;
const isExempt = ({ state }: FindingAnswer): boolean => state === 'exempt';
const bySeverity = (a: FindingAnswer, b: FindingAnswer): number =>
  Number(isExempt(a)) - Number(isExempt(b)) ||
  severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
  Number(a.fixedVersion === undefined) - Number(b.fixedVersion === undefined) ||
  (a.package < b.package ? -1 : 1);

type ShownCharge = Pick<ChargeAnswer, 'amount' | 'currency' | 'corrections' | 'rest'> | null | undefined;

export const chargeText = (charge: ShownCharge, { chargeWaits, chargeUnknown }: Uncharged = {}): string => {
  if (charge) return `${charge.amount} ${charge.currency}${correctionsText(charge)}`;
  if (chargeUnknown !== undefined) return `unknown: ${chargeUnknown}`;
  return chargeWaits ? 'none yet: it waits for a price (`assay charges --open`)' : 'none';
};

const correctionsText = ({ corrections = [], rest, currency }: NonNullable<ShownCharge>): string =>
  corrections.length === 0
    ? ''
    : `; corrected by ${corrections.map(({ amount, time }) => `${amount} (${minuteOf(time)})`).join(', ')}: ` +
      `${rest} ${currency} is left`;

const systemText = ({ operatingSystem, os, architecture }: PlacementAnswer): string | undefined =>
  operatingSystem
    ? `${operatingSystem.family} ${operatingSystem.version}${operatingSystem.endOfLife ? ' (end of life)' : ''}`
    : [os, architecture].filter(Boolean).join('/');

const untaggedText = ({ untagged, repository }: PlacementAnswer): string | undefined =>
  untagged &&
  [
    `since ${minuteOf(untagged.since)}`,
    ...untagged.lost
      .slice(0, mostNamed)
      .map(({ tag, digest }) => `${repository}:${tag} ${digest ? `names ${digest.slice(0, 19)} now` : 'is gone'}`),
  ].join('; ');

/** Having no findings is good news for a healthy image only. */
const foundText = ({
  findings,
  bySeverity: counts,
  fixable,
  exempt,
  status,
  children,
}: PlacementAnswer): string | undefined => {
  if (children && !counts) return undefined;
  if (findings === undefined || counts === undefined)
    return status === 'queued' || status === 'scanning' ? 'not known yet' : 'unknown: it was not scanned';
  const more = exempt ? `, ${exempt} exempt by a rule` : '';
  if (findings === 0) return `${status === 'healthy' ? 'none' : 'none known, but that proves nothing'}${more}`;
  return `${findings}: ${worstText(counts, 5)}; ${fixable ?? 0} fixable${more}`;
};

/** Clusters in which an image runs, or may run. */
const runningText = (running: PlacementAnswer['running']): string | undefined =>
  running &&
  (running
    .map(
      ({ cluster, namespaces = [], since, seenAt, silent }) =>
        `${cluster}${namespaces.length > 0 ? ` (${namespaces.join(', ')})` : ''} since ${minuteOf(since)}` +
        (silent ? `, not known after ${minuteOf(seenAt)}` : ''),
    )
    .join('; ') ||
    'in no cluster that reports');

/** Prints a placement with its problem and the remedy. */
export const imageText = (
  terminal: Terminal,
  name: string,
  image: PlacementAnswer,
  findings: readonly FindingAnswer[],
  charge: ShownCharge = image.charge,
  uncharged: Uncharged = {},
): string => {
  const { colors, width } = terminal;
  const { status, reason, digest, repository, loginServer, verdict, scanner, driver, demonstrationDatabase, children } =
    image;
  const row = rowsIn(width);
  const lines = [
    `${colors.bold(shortened(name, longestValue))}  ` +
      `${statusText(status, terminal)}${restingText(reason, image.advisoriesAt)}`,
    `  ${digest}`,
    ...row('in', `${loginServer}/${repository}`),
    ...row('untagged', untaggedText(image)),
    ...row('system', systemText(image)),
    ...row('why', verdict?.approved === false ? verdict.message : undefined),
    ...row('findings', foundText(image)),
    ...row(
      'scanned by',
      scanner &&
        `${scanner.name} ${scanner.version}, ${driver ?? ''}${demonstrationDatabase ? ', demonstration database' : ''}`,
    ),
    ...(image.evidence ? evidenceRows(image.evidence) : []).flatMap(([label, value]) => row(label, value)),
    ...row('doubts', doubtsText(image.doubts)),
    ...row('running', runningText(image.running)),
    ...row('took', timesText(image, isJoined(image))),
    ...row('charge', chargeText(charge, uncharged)),
    ...(children ?? []).flatMap((child) => row('lists', childText(child))),
  ];
  return [
    ...lines,
    ...(findings.length > 0 ? ['', findingsTable(terminal, findings, width), ...removalLines(findings)] : []),
  ].join('\n');
};

/** Findings that stay open although their advisories are gone, by the day on which these vanished. */
const removalLines = (findings: readonly FindingAnswer[]): string[] => {
  const removed = findings.flatMap(({ vulnerability, advisoryRemoved }) =>
    advisoryRemoved ? [{ name: oneLine(vulnerability), day: advisoryRemoved.at.slice(0, 10) }] : [],
  );
  return [...Map.groupBy(removed, ({ day }) => day)].map(([day, of]) => {
    const names = [...new Set(of.map(({ name }) => name))];
    const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
    return `${names.slice(0, mostNamed).join(', ')}${more}: advisory removed on ${day}, waiting for the next database`;
  });
};

const childText = ({
  os,
  architecture,
  variant,
  digest,
  status,
  reason,
  leftOut,
  unclear,
  bySeverity: counts,
}: ChildAnswer): string => {
  const name = `${[os, architecture, variant].filter(Boolean).join('/') || 'no platform'} ${digest.slice(0, 19)}`;
  if (leftOut !== undefined) return `${name} left out (${leftOut})`;
  const why = [...new Set([reason, unclear].filter((each) => each !== undefined))].join(', ');
  return `${name} ${status}${why ? ` (${why})` : ''}${counts ? ` ${worstText(counts, severities.length)}` : ''}`;
};

const timesText = ({ pushToRecommendationMs, scanMs }: PlacementAnswer, joined: boolean): string =>
  [
    pushToRecommendationMs === undefined ? '' : `${durationText(pushToRecommendationMs)} from push to result`,
    joined ? 'no scan' : scanMs ? `scanner ${durationText(scanMs)}` : '',
  ]
    .filter(Boolean)
    .join(', ');

const findingsTable = (terminal: Terminal, findings: readonly FindingAnswer[], width: number): string => {
  const sorted = findings.toSorted(bySeverity);
  const [shown, rest] = [sorted.slice(0, mostShown), sorted.slice(mostShown)];
  const rows = shown.map(({ severity, vulnerability, package: name, installedVersion, fixedVersion, state }) =>
    [
      state === 'exempt' ? `${severity} (exempt)` : severity,
      vulnerability,
      `${name} ${installedVersion}`,
      fixedVersion ?? 'no fix yet',
    ].map(oneLine),
  );
  const laid = table(
    [{ title: 'SEVERITY' }, { title: 'VULNERABILITY' }, { title: 'PACKAGE', grows: true }, { title: 'FIXED IN' }],
    rows,
    width,
    terminal.colors.dim,
  );
  if (rest.length === 0) return laid;
  const exempt = rest.filter(isExempt).length;
  const more = [
    rest.length > exempt ? `${rest.length - exempt} more` : '',
    exempt > 0 ? `${exempt} exempt by a rule` : '',
  ]
    .filter(Boolean)
    .join(', and ');
  return `${laid}\n${terminal.colors.dim(`and ${more}: use --json for all`)}`;
};
