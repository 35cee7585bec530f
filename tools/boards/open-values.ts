import { definitions, flow, noFindings, scanFailures } from '@assay/events';
import { registryFailures } from '@assay/registry';
import { prometheusLabel, type MetricName } from '@assay/telemetry';
import { inspectionLane, lateLane } from '../../apps/ingestion/src/domain/lanes.ts';
import { gate, type GatedPlacement } from '../../apps/recommendation/src/domain/gate.ts';
import { noConfig } from '../../apps/sandbox-runner/src/domain/folds.ts';
import { lanesOf } from '../../apps/sandbox-runner/src/jobs/lanes.ts';
import { judgeProbe } from '../../apps/sandbox-runner/src/sandbox/walls/self-test.ts';
import { bench } from '../../apps/sandbox-runner/test/fixtures.ts';

/** The registry of the tests of rules. */
const registry = 'registry.example.com';

const healthy: GatedPlacement = {
  status: 'healthy',
  deleted: false,
  findings: noFindings(),
  evidence: {
    outcome: 'succeeded',
    recalled: false,
    mode: 'classic',
    os: { family: 'debian', version: '13.0', endOfLife: false },
    system: { count: 78, packageManager: true, shell: true },
    witness: { unread: [], disagreements: [] },
    database: { builtAt: '2026-11-24T00:00:00Z', demonstration: false },
    evaluatedMs: Date.parse('2026-11-24T09:00:00Z'),
  },
};
const judged = [[], [healthy], [{ status: 'undetermined', deleted: false } as const]];

/** The labels of metrics whose lists are open. */
type OpenValues = { readonly [Name in MetricName]?: Readonly<Record<string, readonly string[]>> };

/**
 * Values of labels with open lists that expressions may name, as the code gives them. They need not be all that a label
 * can have.
 */
const openValues: OpenValues = {
  'assay.scans': { 'reason?': Object.keys({ ...scanFailures, ...registryFailures }) },
  'assay.sweep.failures': { code: Object.keys(registryFailures) },
  'assay.jobs.age': {
    lane: [...lanesOf(bench, noConfig, 2).map(({ lane }) => lane), inspectionLane(registry), lateLane(registry)],
  },
  'assay.gate': { reason: judged.map((places) => gate(places, 'none').reason) },
  'assay.sandbox.walls': {
    wall: judgeProbe({ descriptors: [], results: new Map() }).map(({ name }) => name),
  },
  'assay.events.parked.now': { topic: definitions.map(({ topic }) => topic) },
};

const apps: readonly string[] = flow.map(({ app }) => app);

/** Labels whose values no code lists: settings and Prometheus give them. */
const unlisted: ReadonlySet<string> = new Set(['registry', 'discovery', 'instance', 'le']);

/**
 * The values that an expression may give to a label with an open list, by the name that Prometheus has for it. All are
 * good for a label that no code lists (`any`), none for one whose list is not known here.
 */
export const openValuesOf = (name: MetricName, label: string): readonly string[] | 'any' => {
  if (unlisted.has(label)) return 'any';
  if (label === 'service') return apps;
  const own = Object.entries(openValues[name] ?? {}).find(([each]) => prometheusLabel(each) === label);
  return own?.[1] ?? [];
};
