import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patienceMs } from './libs/testing/src/patience.ts';

/** The seed of every property and draw in this run. The same seed draws the same. */
process.env['ASSAY_SEED'] ??= String(randomInt(2 ** 31));

const fromRoot = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The many processes that tests start share what Node has compiled. */
process.env['NODE_COMPILE_CACHE'] ??= fromRoot('node_modules/.cache/assay/compiled');

// Reads the seed when it is loaded.
const { notDrawn, unitNotDrawn } = await import('./tools/vitest/drawn-files.ts');

/** Every package is tested from its sources: no build stands between a change and its test. */
const fromSources = {
  resolve: { conditions: ['@assay/source'] },
  ssr: { resolve: { conditions: ['@assay/source'] }, noExternal: [/^@assay\//] },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/** A test waits for several things in turn; a hook may fetch a scanner or a broker first. */
const patient = {
  testTimeout: 5 * patienceMs,
  hookTimeout: 8 * patienceMs,
  expect: { poll: { timeout: patienceMs } },
};

const setup = ['tools/vitest/setup.ts'].map(fromRoot);
/** Also holds every HTTP answer of a service against the API document. */
const setupWithAnswers = [...setup, fromRoot('tools/vitest/answers.ts')];

const built = ['**/node_modules/**', '**/dist/**'];
/** Specs with such a name need more than Node: they belong to the other projects below. */
const special = [
  '**/*.int.spec.ts',
  '**/*.sdk.spec.ts',
  '**/*.gvisor.spec.ts',
  '**/*.images.spec.ts',
  '**/*.cluster.spec.ts',
];
/** These change what a thread has only one of: modules of kafkajs before they are loaded, and the meter provider. */
const alone = ['libs/messaging/src/kafka/**/*.spec.ts', 'e2e/test/metrics.spec.ts'];

// `npm test` runs the projects whose name begins with unit; package.json names the others.
export default defineConfig({
  ...fromSources,
  test: {
    passWithNoTests: false,
    // The second one names what failed, and how to run it alone.
    reporters: ['default', fromRoot('tools/checks/reporter.ts')],
    projects: [
      // Files share the modules and the thread they run in: loading the framework for each of two hundred files takes
      // longer than their tests. So a file leaves its thread as it found it.
      {
        ...fromSources,
        test: {
          name: 'unit-libs',
          include: ['libs/**/*.spec.ts'],
          exclude: [...built, ...special, ...alone, ...unitNotDrawn],
          setupFiles: setup,
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          ...patient,
        },
      },
      {
        ...fromSources,
        test: {
          name: 'unit-apps',
          include: ['{apps,e2e,tools}/**/*.spec.{ts,tsx}'],
          exclude: [...built, ...special, ...alone, ...unitNotDrawn],
          globalSetup: [fromRoot('tools/vitest/announce-unit-draw.ts')],
          setupFiles: setupWithAnswers,
          pool: 'threads',
          isolate: false,
          maxWorkers: '100%',
          ...patient,
        },
      },
      {
        ...fromSources,
        test: {
          name: 'unit-alone',
          include: alone,
          exclude: [...built, ...special],
          setupFiles: setupWithAnswers,
          pool: 'threads',
          maxWorkers: '100%',
          ...patient,
        },
      },
      // Servers and programs besides Node. Each test starts what it needs on ports of its own, and stops it. Most of
      // their time is waiting, so three run at once.
      {
        ...fromSources,
        test: {
          name: 'services',
          include: ['{apps,libs,e2e,tools}/**/*.int.spec.ts'],
          exclude: [...built, ...notDrawn],
          globalSetup: [fromRoot('tools/vitest/announce-draw.ts')],
          setupFiles: setup,
          pool: 'forks',
          maxWorkers: 3,
          ...patient,
        },
      },
      // The official Azure clients, unchanged, against one running suite over HTTPS in a process of its own.
      {
        ...fromSources,
        test: {
          name: 'sdk',
          include: ['e2e/sdk/*.sdk.spec.ts'],
          exclude: [...built, ...notDrawn],
          globalSetup: [fromRoot('tools/vitest/announce-draw.ts'), fromRoot('e2e/sdk/running-suite.ts')],
          setupFiles: setup,
          pool: 'forks',
          fileParallelism: false,
          ...patient,
        },
      },
      // The container images, built here and run by podman. Needs root, buildah, mmdebstrap, podman and runc.
      {
        ...fromSources,
        test: {
          name: 'images',
          include: ['e2e/containers/*.images.spec.ts'],
          exclude: built,
          setupFiles: setup,
          pool: 'forks',
          ...patient,
          // Nine images are built first.
          hookTimeout: 20 * patienceMs,
        },
      },
      // The chart, before a real API server. Needs kubectl; Go builds the server first, for minutes.
      {
        ...fromSources,
        test: {
          name: 'chart',
          include: ['tools/deploy/*.cluster.spec.ts'],
          exclude: built,
          setupFiles: setup,
          pool: 'forks',
          ...patient,
          hookTimeout: 20 * patienceMs,
        },
      },
      // The gVisor sandbox, held to what the other drivers are held to. `npm run test:gvisor` builds it first.
      {
        ...fromSources,
        test: {
          name: 'gvisor',
          include: [
            'apps/sandbox-runner/**/*.gvisor.spec.ts',
            'apps/sandbox-runner/src/sandbox/{hostile,walls/self-test}.spec.ts',
            'apps/sandbox-runner/src/scanner/{lying-scanner,trivy/trivy}.spec.ts',
          ],
          exclude: built,
          setupFiles: setup,
          pool: 'threads',
          fileParallelism: false,
          ...patient,
        },
      },
    ],
  },
});
