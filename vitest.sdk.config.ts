import { defineConfig } from 'vitest/config';
import { fromSources, patient, reporters, setup } from './vitest.base.ts';

/**
 * The official Azure clients, unchanged, against a running suite over HTTPS: `npm run test:sdk`. The suite runs in a
 * process of its own, once for all files.
 */
export default defineConfig({
  ...fromSources,
  test: {
    include: ['e2e/sdk/*.sdk.spec.ts'],
    globalSetup: ['./e2e/sdk/running-suite.ts'],
    setupFiles: [setup('vitest.setup.ts')],
    pool: 'forks',
    fileParallelism: false,
    reporters,
    ...patient,
  },
});
