import { defineConfig } from 'vitest/config';

/** What the other drivers are held to, and what is gVisor's own, in the gVisor sandbox: `npm run test:gvisor`, which builds it. */
export default defineConfig({
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    root: 'apps/sandbox-runner', include: ['**/*.gvisor.spec.ts', 'src/sandbox/self-test.spec.ts', 'test/hostile.spec.ts', 'test/lying-scanner.spec.ts', 'test/trivy.spec.ts'], exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: [new URL('vitest.setup.ts', import.meta.url).pathname], pool: 'threads', fileParallelism: false, testTimeout: 60_000, hookTimeout: 900_000,
  },
});
