import { definitionOf, type DataOf } from '@assay/events';
import type { FindingsReport } from '../../apps/recommendation/src/http/reports/findings-report.ts';
import { normalise } from '../../apps/sandbox-runner/src/scanner/trivy/normalise.ts';

const layer = { Digest: `sha256:${'a'.repeat(64)}`, DiffID: `sha256:${'b'.repeat(64)}` };

let uid = 0;
const item = (name: string, version: string, purl: string | undefined, more: object = {}): object => ({
  ID: `${name}@${version}`,
  Name: name,
  Version: version,
  Identifier: { ...(purl ? { PURL: purl } : {}), UID: (uid += 1).toString(16).padStart(16, '0') },
  Layer: layer,
  ...more,
});

/**
 * Kinds of packages that no image here has, in a report as Trivy writes it. They are RPM with epochs and modules, lock
 * files, binaries, archives, and the same package in two places.
 */
export const madeReport = {
  SchemaVersion: 2,
  ArtifactName: '/input',
  ArtifactType: 'container_image',
  Metadata: { OS: { Family: 'rocky', Name: '9.4' }, ImageID: `sha256:${'c'.repeat(64)}`, DiffIDs: [layer.DiffID] },
  Results: [
    {
      Target: '/input (rocky 9.4)',
      Class: 'os-pkgs',
      Type: 'rocky',
      Packages: [
        item('bash', '5.1.8', 'pkg:rpm/rocky/bash@5.1.8-9.el9?arch=x86_64&distro=rocky-9.4', {
          ID: 'bash@5.1.8-9.el9.x86_64',
          Release: '9.el9',
          Arch: 'x86_64',
          SrcName: 'bash',
          SrcVersion: '5.1.8',
          SrcRelease: '9.el9',
          Licenses: ['GPL-3.0-or-later'],
          DependsOn: ['glibc@2.34-100.el9.x86_64'],
        }),
        item('glibc', '2.34', 'pkg:rpm/rocky/glibc@2.34-100.el9?arch=x86_64&distro=rocky-9.4', {
          ID: 'glibc@2.34-100.el9.x86_64',
          Release: '100.el9',
          Arch: 'x86_64',
          SrcName: 'glibc',
          SrcVersion: '2.34',
          SrcRelease: '100.el9',
        }),
        item('bind-libs', '9.16.23', 'pkg:rpm/rocky/bind-libs@9.16.23-18.el9?arch=x86_64&distro=rocky-9.4&epoch=32', {
          ID: 'bind-libs@32:9.16.23-18.el9.x86_64',
          Release: '18.el9',
          Epoch: 32,
          Arch: 'x86_64',
          SrcName: 'bind',
          SrcVersion: '9.16.23',
          SrcRelease: '18.el9',
          SrcEpoch: 32,
        }),
        item(
          'nodejs',
          '18.20.2',
          'pkg:rpm/rocky/nodejs@18.20.2-2.module%2Bel9.4.0%2B21742?arch=x86_64&distro=rocky-9.4&epoch=1' +
            '&modularitylabel=nodejs%3A18%3A9040020240419160010%3Arhel9',
          {
            ID: 'nodejs@1:18.20.2-2.module+el9.4.0+21742.x86_64',
            Release: '2.module+el9.4.0+21742',
            Epoch: 1,
            Arch: 'x86_64',
            SrcName: 'nodejs',
            SrcVersion: '18.20.2',
            SrcRelease: '2.module+el9.4.0+21742',
            SrcEpoch: 1,
            Modularitylabel: 'nodejs:18:9040020240419160010:rhel9',
            BuildInfo: {
              ContentSets: ['rhel-9-for-x86_64-appstream-rpms', 'rhel-9-for-x86_64-baseos-rpms'],
              Nvr: 'ubi9-container-9.4-1',
              Arch: 'x86_64',
            },
          },
        ),
      ],
    },
    {
      Target: 'app/package-lock.json',
      Class: 'lang-pkgs',
      Type: 'npm',
      Packages: [
        item('@babel/core', '7.24.0', 'pkg:npm/%40babel/core@7.24.0', {
          DependsOn: ['semver@6.3.1'],
          Licenses: ['MIT'],
        }),
        item('semver', '6.3.1', 'pkg:npm/semver@6.3.1', { Licenses: ['ISC'] }),
      ],
    },
    {
      Target: 'other/package-lock.json',
      Class: 'lang-pkgs',
      Type: 'npm',
      Packages: [item('semver', '6.3.1', 'pkg:npm/semver@6.3.1', { Licenses: ['ISC'] })],
    },
    {
      Target: 'usr/bin/tool',
      Class: 'lang-pkgs',
      Type: 'gobinary',
      Packages: [
        item('github.com/Azure/go-autorest', 'v14.2.0', 'pkg:golang/github.com/azure/go-autorest@v14.2.0'),
        item('stdlib', 'v1.22.1', 'pkg:golang/stdlib@v1.22.1'),
        item('./local', '', undefined),
      ],
    },
    {
      Target: 'Java',
      Class: 'lang-pkgs',
      Type: 'jar',
      Packages: [
        item('org.apache.logging.log4j:log4j-core', '2.14.0', 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0', {
          FilePath: 'app/a.jar',
        }),
        item('org.apache.logging.log4j:log4j-core', '2.14.0', 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0', {
          FilePath: 'app/b.war/WEB-INF/lib/c.jar',
        }),
      ],
    },
    {
      Target: 'Node.js',
      Class: 'lang-pkgs',
      Type: 'node-pkg',
      Packages: [
        item('semver', '6.3.1', 'pkg:npm/semver@6.3.1', {
          FilePath: 'usr/lib/node_modules/a/node_modules/semver/package.json',
          Licenses: ['ISC'],
        }),
        item('semver', '6.3.1', 'pkg:npm/semver@6.3.1', {
          FilePath: 'usr/lib/node_modules/b/package.json',
          Licenses: ['(MIT OR Apache-2.0)'],
        }),
      ],
    },
    {
      Target: 'Python',
      Class: 'lang-pkgs',
      Type: 'python-pkg',
      Packages: [
        item('PyYAML', '5.3', 'pkg:pypi/pyyaml@5.3', {
          FilePath: 'usr/lib/python3/PyYAML-5.3.dist-info/METADATA',
          Licenses: ['MIT', 'a licence that SPDX has not'],
        }),
      ],
    },
  ],
};

const normalised = normalise(madeReport as never);
export const packages = normalised.packages;

const {
  page: _,
  pages: __,
  findings: ___,
  ...classified
} = definitionOf('finding.classified')!.examples[1] as unknown as DataOf<'finding.classified'>;

/** The state of a suite that scanned the report's image and found nothing in it. */
export const reported: FindingsReport = {
  digest: classified.digest,
  places: [
    {
      status: 'healthy',
      state: {
        placement: classified,
        classified: { ...classified, id: 'an id', time: '2026-11-24T09:15:02.500Z', os: normalised.os },
      },
    } as never,
  ],
  findings: [],
};
