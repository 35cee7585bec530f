import { defineConfig } from 'vitest/config';

/** What needs servers or programs besides Node: `npm run test:services`. Each test starts what it needs on ports of its own, and stops it; much of their time is waiting, so two run at once. */
export default defineConfig({
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['{apps,libs}/*/{src,test}/**/*.int.spec.ts', 'e2e/**/*.int.spec.ts', 'tools/**/*.int.spec.ts'], exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['./vitest.setup.ts'], pool: 'forks', maxWorkers: 2, testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 15_000 } },
  },
});
