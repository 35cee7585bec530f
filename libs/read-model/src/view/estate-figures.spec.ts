import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent, DataOf } from '@assay/events';
import {
  dataOf,
  declined,
  digestOf,
  emitted,
  planOn,
  pushFields,
  registryId,
  registryObserved,
  soon,
  subscriptionId,
  wholeStory,
} from '../../test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import type { RunQuery } from '../store/duckdb.ts';
import { estateFigures, type EstateFigures } from './estate-figures.ts';

const minute = 60_000;
const otherId = registryId.replace('myreg', 'other');
const [mine, other] = ['myreg.azurecr.io', 'other.azurecr.io'];

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(
    planOn(),
    registryObserved({ loginServer: mine }),
    registryObserved({ registryId: otherId, loginServer: 'Other.azurecr.io' }),
  );
});
afterEach(() => assay.close());

const figures = (): Promise<EstateFigures> =>
  assay.view.read((query) => estateFigures(query, { now: assay.clock.now, staleBefore: assay.view.staleBefore() }));

const placed = { registryId, loginServer: mine };
const elsewhere = { registryId: otherId, loginServer: 'Other.azurecr.io' };
const story = (n: number, push: Partial<DataOf<'image.pushed'>> = placed): AnyEvent[] =>
  wholeStory({ digest: digestOf(n), push });
const pushed = (n: number, push: object = placed): AnyEvent =>
  emitted('image.pushed', { ...pushFields(digestOf(n), 1), ...push });
const without = (events: readonly AnyEvent[], topic: string): AnyEvent[] =>
  events.filter((event) => event.topic !== topic);
const only = (events: readonly AnyEvent[], topic: string): AnyEvent[] =>
  events.filter((event) => event.topic === topic);

describe('the numbers of the estate', () => {
  it('are zeros for registries without images', async () => {
    const { images, missing, ...numbers } = await figures();
    expect(images.map(({ count }) => count)).toEqual(Array(12).fill(0));
    expect(missing).toEqual([
      { registry: mine, count: 0 },
      { registry: other, count: 0 },
    ]);
    expect(numbers).toEqual({ overdue: 0, recalled: 0, mismatch: 0, demonstration: false });
  });

  it('are those that the API shows', async () => {
    await assay.publish(
      ...story(1),
      ...wholeStory({ digest: digestOf(2), findings: [], push: placed }),
      declined('too-large', { digest: digestOf(3) }),
      pushed(4),
      pushed(5, elsewhere),
      ...story(6, elsewhere),
      ...story(7),
      emitted('image.tagged', { ...placed, digest: digestOf(7), tags: [] }),
    );
    assay.clock.now = soon + 30 * minute;
    const { images, overdue, missing } = await figures();
    const { body: listed } = await assay.get('/assay/images');
    expect(listed.untagged).toBe(1);
    const sums = Map.groupBy(images, ({ status }) => status);
    expect(
      Object.fromEntries([...sums].map(([status, some]) => [status, some.reduce((sum, { count }) => sum + count, 0)])),
    ).toEqual(listed.counts);
    expect(images.filter(({ count, registry }) => count > 0 && registry === other)).toEqual([
      { registry: other, status: 'unhealthy', count: 1 },
      { registry: other, status: 'undetermined', count: 1 },
    ]);
    expect(overdue).toBe((await assay.get('/assay/images?reason=overdue')).body.total);
    expect(overdue).toBe(2);
    const { body: ledger } = await assay.get('/assay/coverage');
    expect(missing).toEqual([
      { registry: mine, count: 0 },
      { registry: other, count: 0 },
    ]);
    expect(ledger.total.missing).toBe(2);
  });

  it('miss a push without an answer whose image is not shown as overdue', async () => {
    await assay.publish(pushed(1));
    assay.clock.now = soon + 30 * minute;
    const times = { now: assay.clock.now, staleBefore: assay.view.staleBefore() };
    const { missing } = await assay.view.read((query) => {
      const withoutOverdue: RunQuery = async (sql, values) => {
        const rows = await query(sql, values);
        return (sql.includes("from shown where reason = 'overdue'") ? [] : rows) as never;
      };
      return estateFigures(withoutOverdue, times);
    });
    expect(missing).toEqual([
      { registry: mine, count: 1 },
      { registry: other, count: 0 },
    ]);
  });

  it.each(['scanner-recalled', 'database-recalled'])('have the images that are undetermined/%s', async (reason) => {
    const recalled = { classified: { status: 'undetermined' as const, reason }, push: placed };
    await assay.publish(...story(1), ...wholeStory({ digest: digestOf(2), ...recalled }));
    expect((await figures()).recalled).toBe(1);
    await assay.publish(declined('too-large', { digest: digestOf(2), verdict: 2 }));
    expect((await figures()).recalled).toBe(0);
  });

  it('have the demonstration database', async () => {
    const { database } = dataOf('finding.classified');
    await assay.publish(
      ...wholeStory({ push: placed, classified: { database: { ...database, demonstration: true } } }),
    );
    expect((await figures()).demonstration).toBe(true);
  });
});

describe('the mismatch of charges', () => {
  const later = soon + 30 * minute;
  const mismatch = async (): Promise<number> => (await figures()).mismatch;

  it('is 0 if each image of a subscription is charged once, however often it is assessed', async () => {
    const again = only(wholeStory({ verdict: 2, push: placed }), 'finding.classified');
    await assay.publish(...story(1), ...again, ...without(story(1, elsewhere), 'usage.charged'), ...story(2));
    assay.clock.now = later;
    expect(await mismatch()).toBe(0);
  });

  it('counts an image without a charge, once billing has had its time', async () => {
    await assay.publish(...without(story(1), 'usage.charged'), ...story(2));
    expect(await mismatch()).toBe(0);
    assay.clock.now = later;
    expect(await mismatch()).toBe(1);
  });

  it('counts a charge without a result, once results have had their time', async () => {
    await assay.publish(pushed(1), ...only(story(1), 'usage.charged'), ...story(2));
    expect(await mismatch()).toBe(0);
    assay.clock.now = later;
    expect(await mismatch()).toBe(1);
  });

  it('counts a second charge at once, and a correction never', async () => {
    const [charge] = only(story(1), 'usage.charged') as [AnyEvent];
    const data = charge.data as DataOf<'usage.charged'>;
    const correction = { ...data, chargeId: 'correction', correctionOf: data.chargeId, amount: '-0.10' };
    await assay.publish(...story(1), emitted('usage.charged', correction));
    expect(await mismatch()).toBe(0);
    await assay.publish(emitted('usage.charged', { ...data, chargeId: 'twice' }));
    expect(await mismatch()).toBe(1);
  });

  it('ignores images that were never assessed', async () => {
    await assay.publish(declined('too-large'), pushed(2));
    assay.clock.now = later;
    expect(await mismatch()).toBe(0);
  });

  it('has the images of each subscription by themselves', async () => {
    const theirs = subscriptionId.replace(/1$/, '2');
    const push = { ...placed, subscriptionId: theirs, registryId: registryId.replace(subscriptionId, theirs) };
    await assay.publish(...story(1), ...without(wholeStory({ push }), 'usage.charged'));
    assay.clock.now = later;
    expect(await mismatch()).toBe(1);
  });
});
