import { defineConfig } from 'vitest/config';
import { fromSources, patient, reporters, setup } from './vitest.base.ts';

const elsewhere = ['**/node_modules/**', '**/dist/**', '**/*.int.spec.ts', '**/*.sdk.spec.ts', '**/*.gvisor.spec.ts'];

// Files share their modules and the thread they run in: to load the framework anew for each of two hundred takes longer
// than their tests. So a file leaves its thread as it found it: what it starts ends, and what it changes is changed
// back.
const project = (name: string, include: readonly string[], setupFiles: readonly string[]) => ({
  ...fromSources,
  test: {
    name,
    include: [...include],
    exclude: [...elsewhere, ...alone],
    pool: 'threads' as const,
    isolate: false,
    setupFiles: setupFiles.map(setup),
    ...patient,
  },
});

// These change what a thread has but once: modules of kafkajs before they are loaded, and who is told of metrics.
const alone = ['libs/messaging/src/kafka/*.spec.ts', 'e2e/test/metrics.spec.ts'];

export default defineConfig({
  ...fromSources,
  test: {
    projects: [
      project('libs', ['libs/**/*.spec.ts'], ['vitest.setup.ts']),
      {
        ...fromSources,
        test: {
          name: 'alone',
          include: alone,
          exclude: elsewhere,
          pool: 'threads' as const,
          setupFiles: [setup('vitest.setup.ts'), setup('vitest.answers.ts')],
          ...patient,
        },
      },
      project('apps', ['{apps,e2e,tools}/**/*.spec.ts'], ['vitest.setup.ts', 'vitest.answers.ts']),
    ],
    passWithNoTests: false,
    reporters,
    // By default one core is left over, which of two is half the machine.
    maxWorkers: '100%',
  },
});
