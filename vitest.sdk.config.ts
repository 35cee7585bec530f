import { defineConfig } from 'vitest/config';

/** The official Azure clients, unchanged, against a running suite over HTTPS: `npm run test:sdk`. The suite runs in a process of its own, once for all files. */
export default defineConfig({
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: { include: ['e2e/sdk/*.sdk.spec.ts'], globalSetup: ['./e2e/sdk/running-suite.ts'], setupFiles: ['./vitest.setup.ts'], pool: 'forks', fileParallelism: false, testTimeout: 60_000, hookTimeout: 180_000, expect: { poll: { timeout: 15_000 } } },
});
