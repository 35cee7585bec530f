import { defineConfig } from 'vitest/config';

/** Every package is tested from its sources: no build stands between a change and its test. */
const shared = {
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

const packages = (folder: string) => ({
  ...shared,
  test: { name: folder, root: folder, include: ['**/*.spec.ts'], exclude: ['**/node_modules/**', '**/dist/**', '**/*.int.spec.ts', '**/*.sdk.spec.ts', '**/*.gvisor.spec.ts'], pool: 'threads' as const, setupFiles: ['vitest.setup.ts', ...(folder.startsWith('libs/') ? [] : ['vitest.answers.ts'])].map((file) => new URL(file, import.meta.url).pathname), testTimeout: 30_000,
    // What is done elsewhere may take more than the usual second where two cores are busy.
    expect: { poll: { timeout: 15_000 } } },
});

const folders = ['events', 'event-sourcing', 'messaging', 'registry', 'local-registry', 'arm', 'kusto', 'telemetry', 'testing', 'process'].map((name) => `libs/${name}`)
  .concat(['ingestion', 'eligibility', 'sandbox-runner', 'classifier', 'recommendation', 'billing', 'assay'].map((name) => `apps/${name}`), 'e2e', 'tools');

// By default one core is left over, which of two is half the machine.
export default defineConfig({ ...shared, test: { projects: folders.map(packages), passWithNoTests: false, maxWorkers: '100%' } });
