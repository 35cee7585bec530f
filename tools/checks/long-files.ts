import { drawnByClass } from '../../e2e/draw.ts';

/** Files of tests by what they are about. */
export type FileClasses = Readonly<Record<string, readonly string[]>>;

/**
 * Files of tests with other programs that take longest: they start whole suites, wait for what a broker gives up after
 * many seconds, or build programs. Of a run that draws, a share of each class is part; of one that does not, all.
 */
export const longFiles: FileClasses = {
  'services as processes of their own': [
    'e2e/test/builds.int.spec.ts',
    'e2e/test/discovered.int.spec.ts',
    'e2e/test/distributed.int.spec.ts',
    'e2e/test/outages.int.spec.ts',
    'e2e/test/stopping.int.spec.ts',
    'e2e/test/upgrade.int.spec.ts',
  ],
  'a suite in one process': [
    'e2e/test/focus.int.spec.ts',
    'e2e/test/long-scan.int.spec.ts',
    'e2e/test/pipeline.int.spec.ts',
    'e2e/test/rebuild.int.spec.ts',
    'e2e/test/spdx.int.spec.ts',
    'e2e/test/standing.int.spec.ts',
  ],
  'consumers and telemetry': ['e2e/test/collector.int.spec.ts', 'e2e/test/findings-consumer.int.spec.ts'],
  'what is installed or built first': [
    'e2e/sdk/azure-clients.sdk.spec.ts',
    'e2e/sdk/client-versions.int.spec.ts',
    'e2e/test/generated-types.int.spec.ts',
    'e2e/boards/traces.int.spec.ts',
    'tools/release/action.int.spec.ts',
    'tools/release/suite.int.spec.ts',
  ],
  'databases of a mirror': ['e2e/test/database.int.spec.ts', 'e2e/test/java-database.int.spec.ts'],
  pasts: ['e2e/past/past.int.spec.ts', 'e2e/past/same.int.spec.ts'],
  'servers that are away': [
    'libs/event-sourcing/src/blob-stores/azure.int.spec.ts',
    'libs/messaging/src/kafka/client/outage.int.spec.ts',
    'libs/messaging/src/kafka/damaged.int.spec.ts',
  ],
  deployment: [
    'apps/sandbox-runner/src/sandbox/run/limits-of-groups.int.spec.ts',
    'tools/deploy/gathered.int.spec.ts',
    'tools/deploy/kubernetes.int.spec.ts',
    'tools/services/services.int.spec.ts',
  ],
};

/**
 * The same of the files that need nothing but Node: those that take a quarter of a minute and more, and those that
 * start a whole suite.
 */
export const longUnitFiles: FileClasses = {
  'the read model': [
    'libs/read-model/src/store/copies.spec.ts',
    'libs/read-model/src/view/view.spec.ts',
    'libs/read-model/src/snapshots/snapshots.spec.ts',
  ],
  'lists of images and what is asked of one': [
    'apps/recommendation/src/http/coverage/coverage.controller.spec.ts',
    'apps/recommendation/src/http/images/image-list.spec.ts',
    'apps/recommendation/src/http/images/images.controller.spec.ts',
    'apps/recommendation/src/http/parked-events/parked.controller.spec.ts',
    'apps/recommendation/src/http/why/why.controller.spec.ts',
  ],
  'lists of findings': [
    'apps/recommendation/src/http/changes/changes.controller.spec.ts',
    'apps/recommendation/src/http/fixes/fixes.controller.spec.ts',
    'apps/recommendation/src/http/history/history.controller.spec.ts',
    'apps/recommendation/src/http/reports/report.spec.ts',
    'apps/recommendation/src/http/vulnerabilities/vulnerabilities.controller.spec.ts',
  ],
  'the API of Azure': [
    'apps/recommendation/src/http/assessments/assessments.controller.spec.ts',
    'apps/recommendation/src/http/sub-assessments/many-findings.spec.ts',
    'apps/recommendation/src/http/sub-assessments/sub-assessments.controller.spec.ts',
  ],
  'the language of queries': [
    'apps/recommendation/src/http/published.spec.ts',
    'apps/recommendation/src/http/resource-graph/greedy.spec.ts',
    'apps/recommendation/src/http/resource-graph/resource-graph.controller.spec.ts',
    'libs/kusto/src/translator.spec.ts',
  ],
  'databases of advisories': [
    'apps/ingestion/src/advisories/bad-databases.spec.ts',
    'apps/ingestion/src/advisories/keeper.spec.ts',
    'apps/sandbox-runner/src/databases/kept-databases.spec.ts',
  ],
  'requests to ingestion, and its sweeps': [
    'apps/ingestion/src/http/bodies.spec.ts',
    'apps/ingestion/src/registry/sweep.spec.ts',
  ],
  'a suite in one process': [
    'apps/assay/src/demo/run.spec.ts',
    'e2e/test/blobs.spec.ts',
    'e2e/test/choices.spec.ts',
    'e2e/test/clock.spec.ts',
    'e2e/test/crash.spec.ts',
    'e2e/test/details.spec.ts',
    'e2e/test/hostile-names.spec.ts',
    'e2e/test/lies.spec.ts',
    'e2e/test/many.spec.ts',
    'e2e/test/modes.spec.ts',
    'e2e/test/parked.spec.ts',
    'e2e/test/plans.spec.ts',
    'e2e/test/preview.spec.ts',
    'e2e/test/reassessment.spec.ts',
    'e2e/test/recall.spec.ts',
    'e2e/test/roles.spec.ts',
    'e2e/test/silent.spec.ts',
    'e2e/test/standing.spec.ts',
  ],
  'what a bare scanner finds': ['e2e/test/findings.spec.ts', 'e2e/test/handed-on.spec.ts'],
  scanners: [
    'apps/sandbox-runner/src/scanner/lying-scanner.spec.ts',
    'apps/sandbox-runner/src/scanner/trivy/canary.spec.ts',
    'apps/sandbox-runner/src/scanner/trivy/rematch.spec.ts',
    'apps/sandbox-runner/src/scanner/trivy/trivy.spec.ts',
  ],
  'programs without trust': [
    'apps/sandbox-runner/src/sandbox/hostile.spec.ts',
    'apps/sandbox-runner/src/witness/runtime.spec.ts',
  ],
  'the simulation, and the pages of instructions': ['e2e/simulation/simulation.spec.ts', 'tools/howto.spec.ts'],
};

/** @returns the files that are not part of a run: of each class a share is, and at least one file */
export const undrawn = (classes: FileClasses, seed: number, share: number): readonly string[] => {
  const all = Object.values(classes);
  const drawn = drawnByClass(all, { seed, share });
  return all.flat().filter((file) => !drawn.has(file));
};
