import { definitionOf, type AnyEvent, type Finding } from '@assay/events';
import { DeciderSpec, eventOf } from '@assay/testing';
import { decider as classifier } from '@assay/classifier/domain/decider';
import { decider as notifications } from '@assay/ingestion/domain/decider';
import { deciderOn } from '../../../apps/sandbox-runner/dist/domain/decider.js';
import { scanner } from './made.ts';

const dayMs = 86_400_000;
const perDay = 4;
const findings = 150;

const digest = `sha256:${'a'.repeat(64)}`;
const databaseOf = (n: number) => ({
  digest: `sha256:${n.toString(16).padStart(64, '0')}`,
  builtAt: new Date(Date.UTC(2026, 0, 1) + (n * dayMs) / perDay).toISOString(),
  demonstration: false,
});

const found = (n: number): Finding => ({
  vulnerability: `CVE-2026-${10_000 + n}`,
  aliases: [`DSA-${n}-1`],
  package: `package${n % 40}`,
  packageType: 'debian',
  installedVersion: '1.0-1',
  fixedVersion: '1.0-2',
  layer: n % 5,
  severity: 'High',
  score: 7.5,
});

type Registry = Readonly<Record<'registryId' | 'loginServer', string>>;
const registryOf = ({ registryId, loginServer }: Registry): Registry => ({ registryId, loginServer });

const example = (topic: string): object => definitionOf(topic)!.examples[1]!;

/**
 * Bytes of the states of one digest in ingestion, runner and classifier after each of some numbers of reassessments,
 * with as many notifications of the same push.
 */
const sizesAfter = (steps: readonly number[]): number[] => {
  const bench = (n: number) => ({ scanner, database: databaseOf(n), driver: 'made' });
  const runner = new DeciderSpec(deciderOn(bench(0)), digest);
  const verdicts = new DeciderSpec(classifier, digest);
  const registry = example('registry.observed') as Registry;
  const pushes = new DeciderSpec(notifications, digest).givenConfig(
    eventOf('registry.observed', registry.registryId, registry),
  );
  const notified = { ...example('notification.received'), ...registryOf(registry), digest };
  const { facts, mediaType } = example('image.pushed') as Record<string, unknown>;
  const sizes: number[] = [];
  const scanned = example('scan.completed') as Record<string, unknown>;
  for (let n = 0; n <= Math.max(...steps); n += 1) {
    const decider = deciderOn(bench(n));
    Object.assign(runner, { decider });
    runner.now = verdicts.now = Date.parse(databaseOf(n).builtAt) + 60_000;
    const time = new Date(runner.now).toISOString();
    const announced = eventOf('advisories.updated', 'made', { scanner: 'made', database: databaseOf(n) }, { time });
    runner.config = decider.evolveConfig(runner.config as never, announced as never, n) as never;
    if (n === 0) {
      runner.config = decider.evolveConfig(
        runner.config as never,
        eventOf('registry.observed', registry.registryId, registry) as never,
        0,
      ) as never;
      const approved = { ...example('scan.approved'), ...registry, digest, deadline: '2026-01-02T00:00:00Z' };
      runner.given(eventOf('scan.approved', digest, approved, { time }));
    }
    runner.when();
    for (const { id } of runner.jobs) {
      const { startedAt, scannerMs, pullMs, driver, os, witness, inventory, packages, form } = scanned;
      runner.job(id, {
        state: 'finished',
        attempt: 1,
        result: {
          succeeded: true,
          startedAt,
          scannerMs,
          pullMs,
          driver,
          os,
          witness,
          inventory,
          packages,
          form,
          scanner,
          database: databaseOf(n),
          layers: [],
          descriptions: [],
          // One finding is new each time, and the oldest is gone.
          findings: Array.from({ length: findings }, (_, k) => found(n + k)),
        },
      });
    }
    pushes.now = runner.now;
    pushes.given(
      eventOf('notification.received', digest, { ...notified, occurredAt: time, receivedAt: time }, { time }),
    );
    pushes.when();
    for (const { id } of pushes.jobs) pushes.job(id, { state: 'finished', attempt: 1, result: { facts, mediaType } });
    pushes.when();
    const events = runner.when().filter(({ topic }) => topic.startsWith('scan.'));
    verdicts.given(...(events as AnyEvent[]));
    verdicts.when();
    if (steps.includes(n)) {
      const sizes_ = [pushes, runner, verdicts].map((spec) => {
        const { compact } = spec.decider as { compact?: (state: unknown) => unknown };
        return JSON.stringify(compact ? compact(spec.state) : spec.state).length;
      });
      sizes.push(sizes_.reduce((sum, size) => sum + size, 0));
    }
  }
  return sizes;
};

/** How much larger the states are after a year of reassessments that change something than after 90 days of them. */
export const stateRatio = (): number => {
  const [before, after] = sizesAfter([90 * perDay, 365 * perDay]);
  return after! / before!;
};
