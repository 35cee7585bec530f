import { expect, it } from 'vitest';
import { findingOf } from '../../../../../libs/read-model/test/fixtures.ts';
import type { PlainFinding } from '@assay/read-model/intake/plain-finding';
import { advisoryLink } from './advisory.ts';

const finding = (changes: Partial<PlainFinding>): PlainFinding => ({
  ...findingOf(),
  findingId: '',
  remediation: '',
  vulnerability: 'CVE-2026-1967',
  aliases: [],
  references: ['https://access.redhat.com/errata/RHSA-2026:1'],
  ...changes,
});

it.each<[Partial<PlainFinding>, string | undefined]>([
  [{ packageType: 'debian' }, 'https://security-tracker.debian.org/tracker/CVE-2026-1967'],
  [
    { packageType: 'debian', vulnerability: 'TEMP-0290435-0B57B5' },
    'https://security-tracker.debian.org/tracker/TEMP-0290435-0B57B5',
  ],
  [{ packageType: 'debian', vulnerability: 'DSA-6061-1' }, 'https://security-tracker.debian.org/tracker/DSA-6061-1'],
  [{ packageType: 'ubuntu' }, 'https://ubuntu.com/security/CVE-2026-1967'],
  [{ packageType: 'alpine' }, 'https://security.alpinelinux.org/vuln/CVE-2026-1967'],
  [{ packageType: 'redhat' }, 'https://access.redhat.com/security/cve/CVE-2026-1967'],
  [{ packageType: 'redhat', vulnerability: 'RHSA-2026:1234' }, 'https://access.redhat.com/errata/RHSA-2026:1234'],
  [{ packageType: 'centos' }, 'https://access.redhat.com/security/cve/CVE-2026-1967'],
  [{ packageType: 'rocky', aliases: ['RLSA-2026:1234'] }, 'https://errata.rockylinux.org/RLSA-2026:1234'],
  [{ packageType: 'rocky' }, 'https://nvd.nist.gov/vuln/detail/CVE-2026-1967'],
  [{ packageType: 'amazon' }, 'https://explore.alas.aws.amazon.com/CVE-2026-1967.html'],
  [{ packageType: 'oracle' }, 'https://linux.oracle.com/cve/CVE-2026-1967.html'],
  [{ packageType: 'oracle', vulnerability: 'ELSA-2026-1' }, 'https://linux.oracle.com/errata/ELSA-2026-1.html'],
  [{ packageType: 'sles' }, 'https://www.suse.com/security/cve/CVE-2026-1967.html'],
  [{ packageType: 'suse linux enterprise server' }, 'https://www.suse.com/security/cve/CVE-2026-1967.html'],
  [{ packageType: 'opensuse.leap' }, 'https://www.suse.com/security/cve/CVE-2026-1967.html'],
  [{ packageType: 'azurelinux' }, 'https://msrc.microsoft.com/update-guide/vulnerability/CVE-2026-1967'],
  [{ packageType: 'cbl-mariner' }, 'https://msrc.microsoft.com/update-guide/vulnerability/CVE-2026-1967'],
  [{ packageType: 'wolfi' }, 'https://images.chainguard.dev/security/CVE-2026-1967'],
  // A language has no vendor: use the publisher of the advisory, then the authority that assigns the id.
  [{ packageType: 'npm', aliases: ['GHSA-jfh8-c2jp-5v3q'] }, 'https://github.com/advisories/GHSA-jfh8-c2jp-5v3q'],
  [{ packageType: 'npm', vulnerability: 'GHSA-jfh8-c2jp-5v3q' }, 'https://github.com/advisories/GHSA-jfh8-c2jp-5v3q'],
  [{ packageType: 'gobinary', vulnerability: 'GO-2026-1234' }, 'https://pkg.go.dev/vuln/GO-2026-1234'],
  [
    { packageType: 'rustbinary', vulnerability: 'RUSTSEC-2026-0001' },
    'https://rustsec.org/advisories/RUSTSEC-2026-0001.html',
  ],
  [{ packageType: 'python-pkg', vulnerability: 'PYSEC-2026-1' }, 'https://osv.dev/vulnerability/PYSEC-2026-1'],
  [{ packageType: 'jar' }, 'https://nvd.nist.gov/vuln/detail/CVE-2026-1967'],
  [{ packageType: 'constructor' }, 'https://nvd.nist.gov/vuln/detail/CVE-2026-1967'],
  // For an id of no known authority, use the scanner's reference.
  [{ packageType: 'npm', vulnerability: 'NSWG-ECO-516' }, 'https://access.redhat.com/errata/RHSA-2026:1'],
  [{ packageType: 'npm', vulnerability: 'CVE-2026-1967/../x', references: ['javascript:alert(1)'] }, undefined],
])('%j is explained at %s', (changes, link) => expect(advisoryLink(finding(changes))).toBe(link));
