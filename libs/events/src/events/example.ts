/** All golden examples are about this one push. */
export const digest = 'sha256:7eba7c8c86c34c7297fc43ef5ce2eed6df85375768449a047592f4caf357f8da';

export const registryId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1' +
  '/providers/Microsoft.ContainerRegistry/registries/myreg';

export const placement = {
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  registryId,
  loginServer: 'myreg.registry.test',
  repository: 'team/hello',
  digest,
};

export const push = {
  ...placement,
  pushId: '0b8f1a3e-62f5-5d0e-9a53-6c1b3f6f5a11',
  pushedAt: '2026-11-24T09:15:02.123Z',
  receivedAt: '2026-11-24T09:15:02.345Z',
  tags: ['v1'],
  listedIn: [],
};

export const judged = { ...push, verdict: 1 };

export const scanId = '6b1d2f70-7d53-5c3e-8a43-0d8f4f1c2b77';

export const scanner = { name: 'trivy', version: '0.74.0', digest: 'sha256:' + '1'.repeat(64) };

export const database = {
  digest: 'sha256:' + '2'.repeat(64),
  builtAt: '2026-11-24T00:00:00.000Z',
  demonstration: false,
};

/** The witness and the scanner agree. */
export const witness = {
  version: '5d41402abc4b',
  layers: 2,
  packages: 78,
  databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: 78 }],
  systems: [{ source: 'etc/os-release', family: 'debian', version: '13.0' }],
  languages: [{ language: 'python', manifests: 3 }],
  unread: [],
  disagreements: [],
};

export const inventory = {
  packages: 81,
  systemPackages: 78,
  packageManagers: ['apt', 'dpkg'],
  shells: ['bash', 'dash'],
  languages: ['python-pkg'],
};

export const packages = {
  dataref: 'sha256/55/' + '5'.repeat(64),
  sha256: 'sha256:' + '5'.repeat(64),
  bytes: 118_000,
};

export const finding = {
  vulnerability: 'CVE-2026-1967',
  aliases: ['DSA-6061-1'],
  package: 'libssl3',
  packageType: 'debian',
  sourcePackage: 'openssl',
  installedVersion: '3.5.1-1',
  fixedVersion: '3.5.1-1+deb13u1',
  layer: 0,
  severity: 'High',
  score: 7.5,
};

export const setOfOne = { count: 1, sum: '67d4de412cbaeecc' };

export const classifiedFinding = {
  ...finding,
  severityRule: 'scanner',
  state: 'active',
  firstSeenAt: '2026-11-24T09:15:02.600Z',
};

export const setOfOneClassified = { count: 1, sum: 'aab4f2bf7ea4c560' };

export const description = {
  vulnerability: 'CVE-2026-1967',
  title: 'A null pointer is followed',
  references: ['https://www.debian.org/security/2026/dsa-6061'],
  cwes: ['CWE-476'],
  ratings: [{ source: 'nvd', severity: 'High', score: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' }],
  publishedAt: '2026-11-20T00:00:00.000Z',
};

export const oneHigh = { Critical: 0, High: 1, Medium: 0, Low: 0, Unknown: 0 };
