import { defineConfig } from 'vitest/config';
import { fromSources, patient, reporters, setup } from './vitest.base.ts';

/**
 * What the other drivers are held to, and what is gVisor's own, in the gVisor sandbox: `npm run test:gvisor`, which
 * builds it.
 */
export default defineConfig({
  ...fromSources,
  test: {
    root: 'apps/sandbox-runner',
    include: [
      '**/*.gvisor.spec.ts',
      'src/sandbox/self-test.spec.ts',
      'test/hostile.spec.ts',
      'test/lying-scanner.spec.ts',
      'test/trivy.spec.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: [setup('vitest.setup.ts')],
    pool: 'threads',
    fileParallelism: false,
    reporters,
    ...patient,
  },
});
