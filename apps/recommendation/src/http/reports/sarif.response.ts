import { at, derivedId, present, severities, type Severity } from '@assay/events';
import { version } from '@assay/process/version';
import type { FindingsReport, ReportedFinding, ScannedPlace } from './findings-report.ts';
import { advisoryLink } from './advisory.ts';
import { pathReference } from './links.ts';

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  Critical: 'error',
  High: 'error',
  Medium: 'warning',
  Low: 'note',
  Unknown: 'warning',
};

/** GitHub's bands of severities, and a default score for a finding without a score in its band. */
const bands: Readonly<Partial<Record<Severity, readonly [from: number, below: number, otherwise: string]>>> = {
  Critical: [9, 10.1, '9.5'],
  High: [7, 9, '8.0'],
  Medium: [4, 7, '5.5'],
  Low: [0.1, 4, '2.0'],
};

/** The best score within the band of the severity, so that both show alike; none for an unknown severity. */
const securitySeverity = ({ severity, ratings }: ReportedFinding['finding']): string | undefined => {
  const band = bands[severity];
  if (!band) return undefined;
  const [from, below, otherwise] = band;
  const scores = ratings.flatMap(({ score }) => (score !== undefined && score >= from && score < below ? [score] : []));
  return scores.length > 0 ? Math.max(...scores).toFixed(1) : otherwise;
};

const worst = (findings: readonly ReportedFinding[]): ReportedFinding['finding'] =>
  at(
    findings
      .map(({ finding }) => finding)
      .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)),
    0,
  );

const rule = (findings: readonly ReportedFinding[]): object => {
  const finding = worst(findings);
  const { vulnerability, title, description, cwes, severity } = finding;
  const helpUri = advisoryLink(finding);
  const score = securitySeverity(finding);
  return {
    id: vulnerability,
    shortDescription: { text: title ?? vulnerability },
    fullDescription: { text: description ?? title ?? vulnerability },
    ...(helpUri ? { helpUri } : {}),
    help: { text: [...new Set(findings.map(({ finding: { remediation } }) => remediation))].join('\n') },
    defaultConfiguration: { level: levels[severity] },
    properties: {
      tags: ['security', 'vulnerability', severity.toLowerCase(), ...cwes],
      ...(score ? { 'security-severity': score } : {}),
    },
  };
};

/** Versions and the digest are left out, so that a finding stays the same in the next build. */
const fingerprints = (findings: readonly ReportedFinding[]): string[] => {
  const seen = new Map<string, number>();
  return findings.map(({ finding: { vulnerability, package: name, packageType, path } }) => {
    const id = derivedId('sarif', vulnerability, packageType, name, path ?? '');
    const nth = (seen.get(id) ?? 0) + 1;
    seen.set(id, nth);
    return `${id}:${nth}`;
  });
};

const result = (
  { finding, isExempt }: ReportedFinding,
  ruleIndex: number,
  fingerprint: string,
  { state: { placement } }: ScannedPlace,
): object => {
  const {
    vulnerability,
    severity,
    package: name,
    packageType,
    installedVersion,
    fixedVersion,
    path,
    ruleId,
    remediation,
  } = finding;
  const uri = pathReference(path ?? placement.repository);
  return {
    ruleId: vulnerability,
    ruleIndex,
    level: levels[severity],
    message: { text: `${vulnerability} (${severity}) in ${name} ${installedVersion}. ${remediation}` },
    locations: [
      {
        // An image has no lines, but viewers require one.
        physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } },
        logicalLocations: [
          {
            name,
            kind: 'package',
            fullyQualifiedName:
              `${placement.loginServer}/${placement.repository}@${placement.digest}: ` + `${name}@${installedVersion}`,
          },
        ],
      },
    ],
    partialFingerprints: { 'assayFinding/v1': fingerprint, primaryLocationLineHash: fingerprint },
    suppressions: isExempt
      ? [
          {
            kind: 'external',
            status: 'accepted',
            justification: ruleId ? `Disabled by the rule '${ruleId}'.` : 'Disabled by a rule.',
          },
        ]
      : [],
    properties: { severity, package: name, packageType, installedVersion, ...(fixedVersion ? { fixedVersion } : {}) },
  };
};

/** Caveats for readers that see few or no findings. */
const caveats = (places: readonly ScannedPlace[]): object[] => [
  ...places
    .filter(({ status }) => status !== 'healthy' && status !== 'unhealthy')
    .map(({ status, reason, state: { placement } }) => ({
      level: 'warning',
      message: {
        text:
          `In ${placement.loginServer}/${placement.repository} the image is ` +
          `${status}${reason ? `: ${reason}` : ''}. Absent findings prove nothing.`,
      },
    })),
  ...(places.some(({ state }) => state.classified.database.demonstration)
    ? [{ level: 'warning', message: { text: 'Scanned with the small demonstration database.' } }]
    : []),
];

/** A report as a SARIF 2.1.0 log of one run. */
export const sarif = ({ digest, places, findings }: FindingsReport): object => {
  const [place] = places as [ScannedPlace];
  const { scanner, database, time } = place.state.classified;
  const byRule = Map.groupBy(findings, ({ finding }) => finding.vulnerability);
  const indexes = new Map([...byRule.keys()].map((id, index) => [id, index]));
  const prints = fingerprints(findings);
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Assay',
            fullName: `Assay ${version} with ${scanner.name} ${scanner.version}`,
            version,
            semanticVersion: version,
            rules: [...byRule.values()].map(rule),
          },
          extensions: [{ name: scanner.name, version: scanner.version }],
        },
        automationDetails: { id: `assay/${place.state.placement.repository}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true, endTimeUtc: time, toolExecutionNotifications: caveats(places) }],
        results: findings.map((each, index) =>
          result(
            each,
            present(indexes.get(each.finding.vulnerability), 'rule of the finding'),
            at(prints, index),
            place,
          ),
        ),
        properties: {
          digest,
          database,
          places: places.map(
            ({
              state: {
                placement: { subscriptionId, registryId, repository },
              },
              status,
              reason,
            }) => ({ subscriptionId, registryId, repository, status, ...(reason ? { reason } : {}) }),
          ),
        },
      },
    ],
  };
};
