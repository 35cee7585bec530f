import fc from 'fast-check';
import { definitionOf, intoPages, setSum, type AnyEvent, type ScanCompleted } from '@assay/events';
import { packageManagersIn, shellsIn } from '@assay/verdict';
import { decider } from '../../../apps/classifier/src/domain/decider.ts';
import { cycloneDx } from '../../../apps/recommendation/src/http/reports/cyclonedx.response.ts';
import { spdx } from '../../../apps/recommendation/src/http/reports/spdx.response.ts';
import type { FindingsReport } from '../../../apps/recommendation/src/http/reports/findings-report.ts';
import { halvesOf } from '../../../apps/sandbox-runner/src/domain/halves.ts';
import { normalise, type Normalised } from '../../../apps/sandbox-runner/src/scanner/trivy/normalise.ts';
import { readReport, type TrivyReport } from '../../../apps/sandbox-runner/src/scanner/trivy/report.ts';
import { reported } from '../../test/made-report.ts';
import { byteEdits, edited, type ByteEdit } from '../mutating/bytes.ts';
import { editedJson, jsonEdits, type JsonEdit } from '../mutating/json.ts';
import { expectThat, type FuzzTarget } from '../target.ts';

interface ReportCase {
  readonly edits: readonly JsonEdit[];
  readonly bytes: readonly ByteEdit[];
  readonly found: boolean;
}

const digest = (sign: string): string => `sha256:${sign.repeat(64)}`;
const image = { configDigest: digest('c'), layers: [{ digest: digest('1'), diffId: digest('2'), path: '/nowhere' }] };
const packageOf = (name: string, version = '1.0') => ({
  ID: `${name}@${version}`,
  Name: name,
  Identifier: { PURL: `pkg:deb/debian/${name}@${version}`, UID: name },
  Version: version,
  Release: '1',
  Arch: 'amd64',
  SrcName: name,
  SrcVersion: version,
  SrcRelease: '1',
  SrcEpoch: 1,
  Licenses: ['MIT OR ISC', 'GPL-2.0-only', 'mine'],
  DependsOn: ['libc6@1.0'],
  Layer: { Digest: digest('1'), DiffID: digest('2') },
});
const vulnerability = {
  VulnerabilityID: 'CVE-2026-1',
  VendorIDs: ['DSA-1'],
  PkgID: 'bash@1.0',
  PkgName: 'bash',
  PkgIdentifier: { PURL: 'pkg:deb/debian/bash@1.0', UID: 'bash' },
  InstalledVersion: '1.0-1',
  FixedVersion: '1.1',
  Layer: { Digest: digest('1') },
  Title: 't',
  Description: 'd',
  Severity: 'HIGH',
  CweIDs: ['CWE-1'],
  VendorSeverity: { nvd: 3 },
  CVSS: { nvd: { V3Vector: 'CVSS:3.1/AV:N', V3Score: 9.8 } },
  References: ['https://a.test'],
  PublishedDate: '2026-01-01T00:00:00Z',
  LastModifiedDate: '2026-01-02T00:00:00.5Z',
};
const report = (found: boolean): object => ({
  SchemaVersion: 2,
  ArtifactName: '/input',
  ArtifactType: 'container_image',
  Metadata: {
    OS: { Family: 'debian', Name: '13.0' },
    ImageID: image.configDigest,
    DiffIDs: [digest('2')],
    ImageConfig: { os: 'linux' },
  },
  Results: [
    {
      Target: '/input (debian 13.0)',
      Class: 'os-pkgs',
      Type: 'debian',
      Packages: [packageOf('apt'), packageOf('bash'), packageOf('libc6')],
      ...(found ? { Vulnerabilities: [vulnerability, { ...vulnerability, VulnerabilityID: 'CVE-2026-2' }] } : {}),
    },
  ],
});
const keys = [
  'SchemaVersion',
  'Metadata',
  'OS',
  'Family',
  'Name',
  'EOSL',
  'ImageID',
  'DiffIDs',
  'Results',
  'Packages',
  'Vulnerabilities',
  'VulnerabilityID',
  'PkgName',
  'Severity',
  'CVSS',
  'V3Score',
  'VendorSeverity',
  'References',
  'Layer',
  'PublishedDate',
  'Target',
  'Class',
  'Type',
  'SrcName',
  'SrcVersion',
  'SrcEpoch',
  'Licenses',
  'DependsOn',
  'FilePath',
  'PURL',
  'BuildInfo',
  'ContentSets',
  'Modularitylabel',
];

/** Counts the vulnerabilities in a report, without any of our checks. */
const namedIn = (value: unknown): number => {
  const { Results = [] } = value as TrivyReport;
  return (Results ?? []).reduce((sum, { Vulnerabilities }) => sum + (Vulnerabilities ?? []).length, 0);
};

/** The head of an ordinary scan. */
const {
  findings: _findings,
  page: _page,
  pages: _pages,
  os: _os,
  ...head
} = definitionOf('scan.completed')!.examples[1] as unknown as ScanCompleted;

/** The inventory, if a package database vouches for each package that has the type of the system. */
const inventoryOf = ({ os, packages }: Normalised): ScanCompleted['inventory'] => {
  const names = [...new Set(packages.filter(({ type }) => type === os?.family).map(({ name }) => name))];
  return {
    packages: packages.length,
    systemPackages: names.length,
    packageManagers: packageManagersIn(names),
    shells: shellsIn(names),
    languages: [],
  };
};

/** The events of the classifier for it, page by page. */
const classified = (normalised: Normalised): readonly unknown[] => {
  const { os, packages } = normalised;
  const { findings, layers } = halvesOf(normalised.findings, packages);
  const whole = { inventory: inventoryOf(normalised), set: setSum(findings), layers };
  const scanned = intoPages({ ...head, ...whole, ...(os ? { os } : {}) }, { findings }).map((data, at): AnyEvent => ({
    id: `scan/${at}`,
    source: '/assay/sandbox-runner',
    subject: head.digest,
    time: head.startedAt,
    correlationid: 'push',
    topic: 'scan.completed',
    data,
  }));
  const { received, emitted } = decider.empty();
  const { events } = decider.decide(
    { received: scanned.reduce((state, event) => decider.evolveReceived(state, event), received), emitted },
    { config: decider.noConfig, now: Date.parse(head.startedAt), key: head.digest, jobs: [], marks: {} },
  );
  return events.map(({ data }) => data);
};

/** Counts the packages that an exported document names, in both formats. */
const handedOn = ({ os, packages }: Normalised): readonly number[] => {
  const [place] = reported.places as [FindingsReport['places'][number]];
  const { os: _, ...classified_ } = place.state.classified;
  const report = {
    ...reported,
    places: [{ ...place, state: { ...place.state, classified: { ...classified_, ...(os ? { os } : {}) } } }],
  };
  const [components, listed] = [
    [...(cycloneDx(report, packages) as { components: Iterable<{ type: string }> }).components],
    [...(spdx(report, packages) as { packages: Iterable<{ primaryPackagePurpose: string }> }).packages],
  ];
  return [
    components.filter(({ type }) => type === 'library').length,
    listed.filter(({ primaryPackagePurpose }) => primaryPackagePurpose === 'LIBRARY').length,
  ];
};

/** A report is refused with a code or leads to a status. A report that names a vulnerability never leads to healthy. */
export const reports: FuzzTarget<ReportCase> = {
  name: 'scanner-reports',
  description: 'reports of a scanner, and what becomes of them',
  perTurn: 100,
  cases: fc.record({
    edits: jsonEdits(keys, 4),
    bytes: byteEdits(['{', '}', '[', ']', '"', '\\', ',', '\ufeff', 'null'], 2),
    found: fc.boolean(),
  }),
  hold: ({ edits, bytes, found }) => {
    const text = edited(editedJson(report(found), edits), bytes);
    let read;
    try {
      read = normalise(readReport(text, image));
    } catch (error) {
      if ((error as Error).name === 'ReportError') return;
      throw error;
    }
    const classifiedPages = classified(read);
    const { status, bySeverity } = classifiedPages[0] as { status: string; bySeverity: Record<string, number> };
    const { os, packages } = read;
    // A parser may ignore a byte order mark (RFC 8259, section 8.1), and ours does.
    const value: unknown = JSON.parse(new TextDecoder().decode(text));
    expectThat(
      status !== 'healthy' || (namedIn(value) === 0 && packages.length > 0 && os !== undefined),
      `healthy, with ${namedIn(value)} vulnerabilities named`,
    );
    expectThat(
      classifiedPages.every((event) => Buffer.byteLength(JSON.stringify(event)) < 2 ** 20),
      'an event is larger than a broker takes',
    );
    expectThat(
      handedOn(read).every((count) => count === packages.length),
      'a document lacks packages',
    );
    expectThat(
      Object.values(bySeverity).every((count) => Number.isSafeInteger(count)),
      'counts that are none',
    );
  },
};
