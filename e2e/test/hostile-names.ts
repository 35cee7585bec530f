import { hostile, programFile } from '../../apps/sandbox-runner/test/hostile-programs.ts';
import { allowed } from '../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';
import { configIn } from './fake-scanner.ts';

/** Names that attack a component that stores, sends or shows them, by their target. */
export const hostileNames: Readonly<Record<string, string>> = {
  'colors and the screen': '\u001b[2J\u001b[32mhealthy\u001b[39m\u001b]0;title\u0007\u009b31m',
  'a line more': 'lib\nWARN  all is well\r\nINFO  healthy',
  'a header more': 'lib\r\nx-evil: 1\r\n\r\n<html>',
  'a formula': "=cmd|' /C calc'!A0",
  'a sum': '@SUM(1+1)',
  'a sign in front': "+1+cmd|' /C calc'!A0",
  'a tab in front': '\t=1+1',
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'an attribute': '"><svg/onload=alert(1)>',
  quotes: '\'"`\\\'\\"',
  SQL: "'; drop table images; --",
  Kusto: '" or 1 == 1 | union securityresources //',
  'a prototype': '__proto__',
  'a constructor': 'constructor',
  'a path': '../../../../tmp/assay-hostile-name',
  'an absolute path': '/etc/passwd',
  'a path of Windows': '..\\..\\x',
  'the other direction': '\u202egpj.exe\u2066',
  NUL: 'lib\u0000evil',
  'half a sign': 'lib\ud800',
  'line separators': 'lib\u2028x\u2029y\u0085z',
  'an address': 'javascript:alert(1)',
  'a template': '${jndi:ldap://127.0.0.1:1/x}{{7*7}}',
  'percent signs': '%s%n%00%0d%0aSet-Cookie:x=y',
  'very long': 'x'.repeat(20_000),
  blanks: '   ',
};

/** The stored form of a name: text for every later reader. */
export const keptAs = (name: string): string => name.toWellFormed().replaceAll('\u0000', '\ufffd');

const all = Object.values(hostileNames);

/**
 * A report of an image in which everything has one of these names: packages, versions, vulnerabilities and their texts.
 */
const reportOf = ({ digest, diffIds }: ReturnType<typeof configIn>): string =>
  JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: '/input',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'debian', Name: '13.8' }, ImageID: digest, DiffIDs: diffIds },
    Results: [
      {
        Target: '/input (debian 13.8)',
        Class: 'os-pkgs',
        Type: 'debian',
        Packages: ['apt', 'bash', ...all].map((name) => ({
          ID: `${name}@${name}`,
          Name: name,
          Version: name,
          SrcName: name,
          Identifier: { PURL: `pkg:deb/debian/${name}`, UID: name },
        })),
        Vulnerabilities: all.map((name, at) => ({
          VulnerabilityID: `CVE-2026-${at}${name}`,
          VendorIDs: [name],
          PkgID: `${name}@${name}`,
          PkgName: name,
          PkgPath: name,
          InstalledVersion: name,
          FixedVersion: name,
          Severity: 'HIGH',
          Title: name,
          Description: name,
          References: [name, `https://a.test/${name}`],
          CweIDs: [name],
          CVSS: { [name]: { V3Vector: name, V3Score: 5 } },
          VendorSeverity: { [name]: 3 },
          PublishedDate: name,
          Layer: { Digest: name },
        })),
      },
    ],
  });

/** A scanner that gives this report for one image. */
export const namingScanner = (folder: string, layout: string): Promise<string> =>
  programFile(folder, 'naming', (program) => {
    const config = configIn(layout);
    program.call(
      allowed.openat,
      -100,
      program.text(`/input/blobs/sha256/${config.manifest.replace('sha256:', '')}`),
      0,
      0,
    );
    program.jumpIfNegative('another');
    hostile.prints(reportOf(config))(program);
    program.label('another');
    hostile.prints('Version: 0.74.0\n')(program);
  });
