import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collectMetrics, ManualClock, type CollectedMetrics } from '@assay/testing';
import { digestOf, emitted, pushFields, registryId, registryObserved, soon, wholeStory } from '../../test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import { measuredView, parkedByView } from './measured.ts';

const loginServer = 'myreg.azurecr.io';
const push = { registryId, loginServer };
const estate = ['pushes.overdue', 'images', 'images.recalled', 'coverage.missing', 'charges.mismatch'];

let metrics: CollectedMetrics;
let assay: ServiceUnderTest;
let owned: readonly number[];
let end: () => void;
beforeEach(async () => {
  metrics = collectMetrics();
  assay = await suite();
  owned = [0, 1];
  end = measuredView(
    assay.view,
    () => owned,
    (error) => {
      throw error;
    },
    new ManualClock(),
  );
  await assay.publish(registryObserved({ loginServer }), ...wholeStory({ push }));
});
afterEach(async () => {
  end();
  await assay.close();
  await metrics.close();
});

const valueOf = async (name: string): Promise<unknown> =>
  (await metrics.of(`assay.${name}`)).map(({ labels, value }) => ({ ...labels, value }));
const all = async (names: readonly string[]): Promise<unknown[]> => {
  const values: unknown[] = [];
  for (const name of names) values.push(await valueOf(name));
  return values;
};

describe('the metrics of the read model', () => {
  it('have the numbers of the estate', async () => {
    await assay.publish(emitted('image.pushed', { ...pushFields(digestOf(2), 1), ...push }));
    assay.clock.now = soon + 30 * 60_000;
    expect(await all(estate)).toEqual([
      [{ value: 1 }],
      ['unhealthy', 'undetermined', 'scanning', 'queued', 'not-applicable', 'healthy'].map((status) => ({
        status,
        registry: loginServer,
        value: status === 'unhealthy' || status === 'undetermined' ? 1 : 0,
      })),
      [{ value: 0 }],
      [{ registry: loginServer, value: 0 }],
      [{ value: 0 }],
    ]);
    expect(await valueOf('database.demonstration')).toEqual([{ value: 0 }]);
  });

  it('have none of them where another instance owns the first partition', async () => {
    owned = [1];
    expect(await all(estate)).toEqual([[], [], [], [], []]);
    expect(await valueOf('view.broken')).toEqual([{ value: 0 }]);
  });

  it.each([
    { state: 'behind', lag: 3 },
    { state: 'cut-off', asOf: '2026-11-24T09:00:00.000Z' },
  ] as const)('have none of them while the view is $state', async (answer) => {
    vi.spyOn(assay.view, 'freshness').mockResolvedValue(answer);
    expect(await all(estate)).toEqual([[], [], [], [], []]);
  });

  it('have none of them if they cannot be read', async () => {
    vi.spyOn(assay.view, 'read').mockRejectedValue(new Error('broken'));
    expect(await all(estate)).toEqual([[], [], [], [], []]);
  });

  it('count what only the read model cannot read, where its partition is owned', async () => {
    const unreadable = (topic: string, partition: number) => ({
      topic,
      partition,
      key: digestOf(1),
      headers: { ce_id: `${topic} ${partition}`, ce_type: `assay.${topic}.v0` },
      value: '{}',
    });
    const places = [
      ['usage.charged', 0],
      ['usage.charged', 3],
      ['scan.completed', 1],
    ] as const;
    const offsets = await Promise.all(places.map(([topic, partition]) => assay.log.end(topic, partition)));
    await assay.log.append(places.map(([topic, partition]) => unreadable(topic, partition)));
    await assay.view.caughtUp();
    const counts = () => Promise.all([[0, 1], [2, 3], []].map((here) => parkedByView(assay.view, () => here)));
    const services = async () =>
      (await assay.get('/assay/services')).body.value
        .filter(({ parked }: { parked: number }) => parked > 0)
        .map(({ name, parked }: { name: string; parked: number }) => `${name} ${parked}`);
    expect(await counts()).toEqual([{ 'usage.charged': 1, 'scan.completed': 1 }, { 'usage.charged': 1 }, {}]);
    expect(await services()).toEqual(['recommendation 3']);
    await assay.publish(
      emitted('operator.acted', {
        command: 'park',
        target: `classifier/scan.completed/1/${offsets[2]}`,
        outcome: 'parked',
        by: 'classifier',
        why: 'unknown-version: x',
        details: { key: digestOf(1) },
      }),
    );
    expect(await counts()).toEqual([{ 'usage.charged': 1 }, { 'usage.charged': 1 }, {}]);
    expect(await services()).toEqual(['classifier 1', 'recommendation 2']);
    vi.spyOn(assay.view, 'freshness').mockResolvedValue({ state: 'behind', lag: 3 });
    expect(await counts()).toEqual([{}, {}, {}]);
  });

  it('show a read model that is behind or cannot be written', async () => {
    vi.spyOn(assay.view, 'behindSeconds', 'get').mockReturnValue(42);
    vi.spyOn(assay.view, 'isBroken', 'get').mockReturnValue(true);
    expect(await all(['view.behind', 'view.broken'])).toEqual([[{ value: 42 }], [{ value: 1 }]]);
  });
});

describe('the metrics of answers', () => {
  it('count the decisions of the gate by their reason', async () => {
    await assay.publish(
      ...wholeStory({
        digest: digestOf(2),
        push,
        classified: { status: 'undetermined', reason: 'failed/out-of-memory' },
      }),
    );
    for (const n of [1, 1, 2, 3]) await assay.get(`/assay/images/${digestOf(n)}/gate`);
    await assay.get(`/assay/images/${digestOf(1)}/gate?maxSeverity=much`);
    expect(await valueOf('gate')).toEqual([
      { decision: 'deny', reason: 'findings-above', value: 2 },
      { decision: 'unknown', reason: 'undetermined/failed', value: 1 },
      { decision: 'unknown', reason: 'not-known', value: 1 },
    ]);
  });

  it('do not count an answer that is only shown to a person', async () => {
    const gate = `/assay/images/${digestOf(9)}/gate`;
    const asked = await assay.get(gate);
    expect(await assay.get(`${gate}?preview=true`)).toMatchObject({ status: asked.status, body: asked.body });
    await assay.get(`${gate}?preview=false`);
    expect(await valueOf('gate')).toEqual([{ decision: 'unknown', reason: 'not-known', value: 2 }]);
  });

  it('measure queries by their outcome', async () => {
    const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01';
    for (const query of ['resources', 'resources | count', 'resources | nonsense']) await assay.post(path, { query });
    expect(await valueOf('query.duration')).toEqual([
      { outcome: 'ok', value: 2 },
      { outcome: 'InvalidQuery', value: 1 },
    ]);
  });
});
