import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeMark } from '@assay/events';
import { partitionOf } from '@assay/messaging';
import { dataOf, digestOf, findingOf, wholeStory } from '../../../../../libs/read-model/test/fixtures.ts';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
});
afterEach(() => assay.close());

const { database: own } = dataOf('finding.classified');
const newer = { ...own, digest: `sha256:${'9'.repeat(64)}`, builtAt: '2026-12-20T00:00:00.000Z' };
const topic = 'finding.classified';

const mark = async (partition: number, time: string, except: readonly string[] = []): Promise<void> => {
  const data = {
    scanner: 'trivy',
    database: newer,
    announced: 7,
    except: except.map((digest) => ({ digest, reason: 'registry-unavailable' })),
  };
  const attributes = { id: `mark ${partition}`, source: '/assay/classifier', sequence: '8.1', time };
  await assay.log.append([{ ...encodeMark({ ...attributes, data }), topic, partition }]);
  await assay.view.caughtUp();
};
const knowledge = async () => {
  const { status, body } = await assay.get('/assay/knowledge');
  expect(status).toBe(200);
  return body.knowledge;
};

it('is the time from the build of a database to the mark of the last partition with images', async () => {
  expect(await knowledge()).toBeUndefined();
  const digests = [1, 2, 3, 4, 5, 6, 7, 8].map(digestOf);
  for (const digest of digests) await assay.publish(...wholeStory({ digest, findings: [findingOf()] }));
  const partitions = [...new Set(digests.map((digest) => partitionOf(digest, assay.log.partitions)))];
  const [last, ...others] = partitions;
  expect(others.length).toBeGreaterThan(0);
  for (const partition of others) await mark(partition, '2026-12-20T01:00:00.000Z');
  assay.clock.now = Date.parse('2026-12-20T02:00:00.000Z');
  const at = (partition: number | undefined) =>
    digests.filter((digest) => partitionOf(digest, assay.log.partitions) === partition);
  expect(await knowledge()).toEqual({
    database: newer,
    images: 8,
    assessed: 8 - at(last).length,
    latencySeconds: 7_200,
  });

  await mark(last!, '2026-12-20T03:00:00.000Z', at(last).slice(0, 1));
  assay.clock.now = Date.parse('2026-12-21T00:00:00.000Z');
  expect(await knowledge()).toEqual({
    database: newer,
    images: 8,
    assessed: 7,
    completedAt: '2026-12-20T03:00:00.000Z',
    latencySeconds: 10_800,
  });
});
