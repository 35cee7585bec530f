import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMark, type MarkData } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import { dataOf, digestOf, emitted, findingOf, pushFields, soon, wholeStory } from '../../test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../../apps/recommendation/test/suite.ts';
import { View } from '../view/view.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const digest = digestOf(1);
const dayMs = 24 * 3_600_000;
const { database: own } = dataOf('finding.classified');
const newer = { ...own, digest: `sha256:${'9'.repeat(64)}`, builtAt: '2026-12-20T00:00:00.000Z' };
let marks = 0;

const mark = async (
  changes: Partial<MarkData> = {},
  sequence = `8.${(marks += 1)}`,
  topic: 'finding.classified' | 'scan.completed' = 'finding.classified',
): Promise<void> => {
  const data = { scanner: 'trivy', database: newer, announced: 7, except: [], ...changes };
  const encoded = encodeMark({
    id: `mark ${sequence}`,
    source: '/assay/classifier',
    time: '2026-12-20T01:00:00.000Z',
    sequence,
    data,
  });
  await assay.log.append([{ ...encoded, topic, partition: partitionOf(digest, assay.log.partitions) }]);
  await assay.view.caughtUp();
};

const placement = async (): Promise<any> => (await assay.get(`/assay/images/${digest}`)).body.placements[0];
const gate = async (): Promise<any> => (await assay.get(`/assay/images/${digest}/gate`)).body;
const record = async (): Promise<any> =>
  (
    await assay.get(
      '/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Security/subAssessments' +
        '?api-version=2019-01-01-preview',
    )
  ).body.value[0].properties.status.code;
const counts = async (): Promise<any> =>
  assay.view.read(async (query) => query('select database_built_ms::double as built from images'));

describe('a mark', () => {
  it('puts the newer database in the place of the older one, in the image and at the gate', async () => {
    await assay.publish(...wholeStory({ findings: [findingOf()] }));
    expect((await placement()).database).toEqual(own);
    const dates = async () => [
      (await placement()).advisoriesAt,
      (await gate()).advisoriesAt,
      (await assay.get(`/assay/images/${digest}/why`)).body.places[0].advisoriesAt,
    ];
    expect(await dates()).toEqual(Array(3).fill(own.builtAt));
    await mark();
    expect(await dates()).toEqual(Array(3).fill(newer.builtAt));
    expect((await placement()).database).toEqual(newer);
    expect((await placement()).evidence.database).toEqual(newer);
    expect((await gate()).places[0].evidence.database).toEqual(newer);
    const { steps } = (await assay.get(`/assay/images/${digest}/why`)).body.places[0];
    expect(steps.filter(({ step }: any) => step === 'scan').map(({ title }: any) => title)).toEqual([
      'Scanned',
      'Assessed with newer advisories',
    ]);
    expect(steps.flatMap(({ details }: any) => details).join()).toContain('sha256:999999999999, built 2026-12-20');
    expect((await placement()).set.classification).toBe(1);
  });

  it('keeps a healthy image from being stale, everywhere', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    assay.clock.now = soon + 31 * dayMs;
    expect([(await placement()).reason, (await gate()).decision, await record()]).toEqual([
      'stale',
      'unknown',
      'NotApplicable',
    ]);
    await mark();
    expect([(await placement()).status, (await gate()).decision, await record()]).toEqual([
      'healthy',
      'allow',
      'Healthy',
    ]);
    expect(await counts()).toEqual([{ built: Date.parse(newer.builtAt) }]);
  });

  it('keeps a healthy image from being stale for as long as was announced with its database', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    const status = async () => [(await placement()).status, (await gate()).decision, await record()];
    const at = Date.parse(newer.builtAt);
    await mark({ database: { ...newer, staleDays: 40 } });
    assay.clock.now = at + 40 * dayMs - 1;
    expect(await status()).toEqual(['healthy', 'allow', 'Healthy']);
    assay.clock.now = at + 40 * dayMs + 1;
    expect(await status()).toEqual(['undetermined', 'unknown', 'NotApplicable']);
    await mark({ database: { ...newer, staleDays: 3 }, announced: 8 });
    assay.clock.now = at + 3 * dayMs - 1;
    expect(await status()).toEqual(['healthy', 'allow', 'Healthy']);
    assay.clock.now = at + 3 * dayMs + 1;
    expect(await status()).toEqual(['undetermined', 'unknown', 'NotApplicable']);
  });

  it('is not about what stands behind it', async () => {
    await mark({}, '0.1');
    await assay.publish(...wholeStory({ findings: [] }));
    expect((await placement()).database).toEqual(own);
    expect(await counts()).toEqual([{ built: Date.parse(own.builtAt) }]);
  });

  it('is not about an image that it excepts, for which an earlier mark holds', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    await mark();
    const newest = { ...newer, builtAt: '2026-12-22T00:00:00.000Z' };
    await mark({ database: newest, announced: 8, except: [{ digest, reason: 'key-halted' }] });
    expect((await placement()).database).toEqual(newer);
    expect(await counts()).toEqual([{ built: Date.parse(newer.builtAt) }]);
  });

  it('is not about an image in a registry that it excepts, for which an earlier mark holds', async () => {
    const story = wholeStory({ findings: [] });
    await assay.publish(...story);
    await mark();
    const { registryId } = dataOf('finding.classified');
    const registries = [{ registryId: registryId.toLowerCase(), reason: 'registry-denied' }];
    await mark({ database: { ...newer, builtAt: '2026-12-22T00:00:00.000Z' }, announced: 8, registries });
    expect((await placement()).database).toEqual(newer);
    expect(await counts()).toEqual([{ built: Date.parse(newer.builtAt) }]);
  });

  it('ends the use of the demonstration database, except in an image that it excepts', async () => {
    const demonstration = { ...own, digest: digestOf(8), demonstration: true };
    const partition = partitionOf(digest, assay.log.partitions);
    const other = Array.from({ length: 100 }, (_, n) => digestOf(n + 2)).find(
      (each) => partitionOf(each, assay.log.partitions) === partition,
    )!;
    const assessed = { findings: [findingOf()], classified: { database: demonstration } };
    await assay.publish(
      emitted('advisories.updated', { scanner: 'trivy', database: demonstration }),
      ...wholeStory(assessed),
      ...wholeStory({ ...assessed, digest: other }),
    );
    const shown = async (): Promise<unknown> => {
      const findings = await assay.all(
        '/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Security/subAssessments' +
          '?api-version=2019-01-01-preview',
      );
      return {
        banner: (await assay.get('/assay/me')).body.demonstration,
        findings: findings.filter(({ properties }) => properties.additionalData.demonstrationDatabase).length,
      };
    };
    expect(await shown()).toEqual({ banner: true, findings: 2 });
    await assay.publish(emitted('advisories.updated', { scanner: 'trivy', database: newer }));
    await mark({ except: [{ digest: other, reason: 'key-halted' }] });
    expect((await placement()).evidence.database).toEqual(newer);
    expect(await shown()).toEqual({ banner: true, findings: 1 });
    await mark({ announced: 8 });
    expect(await shown()).toEqual({ banner: false, findings: 0 });
    // A push that is not answered yet writes its image again.
    await assay.publish(emitted('image.pushed', pushFields(digest, 2)));
    expect(await shown()).toEqual({ banner: false, findings: 0 });
    await mark({ database: demonstration, announced: 9 });
    expect(await shown()).toEqual({ banner: true, findings: 2 });
  });

  it('is not about an image without a successful scan', async () => {
    const { result: _, ...failed } = dataOf('finding.classified', { status: 'undetermined', reason: 'timed-out' });
    const story = wholeStory({ findings: [] }).map((event) =>
      event.topic === 'finding.classified'
        ? {
            ...event,
            data: { ...failed, ...event.data, result: undefined, status: 'undetermined', reason: 'timed-out' },
          }
        : event,
    );
    await assay.publish(...story, ...wholeStory({ digest: digestOf(5), findings: [] }));
    await mark();
    expect((await placement()).database).toEqual(own);
  });

  it('is not about an image of another scanner, neither when it is read nor in the counts', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    await mark({ scanner: 'grype' });
    expect((await placement()).database).toEqual(own);
    expect(await counts()).toEqual([{ built: Date.parse(own.builtAt) }]);
  });

  it('among the scans counts for nothing: the classifications may be behind', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    await mark({}, '8.1000', 'scan.completed');
    expect((await placement()).database).toEqual(own);
  });

  it('is not about an image while an event of it is parked', async () => {
    await assay.publish(...wholeStory());
    await mark();
    await assay.publish(
      emitted('operator.acted', {
        command: 'park',
        target: 'view/finding.classified/0/99',
        outcome: 'parked',
        by: 'assay',
        why: 'unknown-version: x',
        details: { key: digest },
      }),
    );
    expect((await placement()).database).toEqual(own);
  });

  it('is not about an image while a classification is missing that an operator dropped', async () => {
    const classified = (more: object, sequence: string) => ({
      ...wholeStory({ findings: [], classified: more })[4]!,
      sequence,
    });
    await assay.publish(...wholeStory({ findings: [] }));
    const partition = partitionOf(digest, assay.log.partitions);
    const unreadable = { topic: 'finding.classified', partition, key: digest, headers: {}, value: '{' };
    const offset = await assay.log.end('finding.classified', partition);
    await assay.log.append([unreadable]);
    await assay.publish(
      emitted('operator.acted', {
        command: 'drop',
        target: `view/finding.classified/${partition}/${offset}`,
        outcome: 'ordered',
        by: 'an operator',
        why: 'of no use',
        details: { key: digest },
      }),
    );
    await mark();
    expect([await placement(), await record()]).toMatchObject([
      { status: 'undetermined', reason: 'parked', database: own },
      'NotApplicable',
    ]);
    const other = await View.open({ path: ':memory:', log: assay.log });
    await other.caughtUp();
    expect(other.parked.halts(digest)).toBe(true);
    await other.close();
    await assay.publish(classified({ classification: 2 }, '9.1'));
    expect([await placement(), await record()]).toMatchObject([{ status: 'healthy' }, 'Healthy']);
  });

  it('is kept over a restart, and is repeated by a later classification of the image only', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    await mark();
    const other = await View.open({ path: ':memory:', log: assay.log });
    await other.caughtUp();
    expect(await other.read((query) => query('select database_built_ms::double as built from images'))).toEqual(
      await counts(),
    );
    await other.close();
    await assay.publish({ ...wholeStory({ findings: [], classified: { classification: 2 } })[4]!, sequence: '9.1' });
    expect((await placement()).database).toEqual(own);
  });
});
