import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnyEvent } from '@assay/events';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  digestOf,
  emitted,
  planOn,
  registryObserved,
  soon,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

const dayMs = 24 * 3_600_000;
const at = (days: number): string => new Date(soon + days * dayMs).toISOString();

let assay: ServiceUnderTest;
beforeEach(async () => {
  assay = await suite();
  await assay.publish(registryObserved(), planOn());
  for (const n of [1, 2, 3]) await assay.publish(...wholeStory({ digest: digestOf(n) }));
});
afterEach(() => assay.close());

/** Events of ingestion's requests have no sequence. */
const unsequenced = (emittedEvent: AnyEvent): AnyEvent => {
  const { sequence: _, ...event } = emittedEvent;
  return event;
};
const seen = (n: number, days: number, more: object = {}): AnyEvent =>
  unsequenced(
    emitted(
      'image.running',
      {
        digest: digestOf(n),
        cluster: 'prod',
        namespaces: ['shop'],
        state: 'running',
        since: at(0),
        seenAt: at(days),
        ...more,
      },
      { time: at(days) },
    ),
  );
const reported = (days: number, cluster = 'prod'): AnyEvent =>
  emitted('cluster.reported', { cluster, reportedAt: at(days), digests: 2, by: 'robot' });

const running = async (n: number): Promise<unknown> =>
  (await assay.get(`/assay/images/${digestOf(n)}`)).body.placements[0].running;
const listed = async (value: boolean): Promise<readonly string[]> =>
  (await assay.get(`/assay/images?running=${value}`)).body.value.map(({ digest }: { digest: string }) => digest);
const csv = async (): Promise<readonly string[]> => {
  const { body } = await assay.app.inject({ url: '/assay/images?format=csv' });
  const [head, ...lines] = body
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((line) => line[head!.indexOf('running')]!);
};

describe('what runs', () => {
  it('is not known until a cluster reports', async () => {
    expect(await running(1)).toBeUndefined();
    expect([await listed(true), await listed(false), await csv()]).toEqual([[], [], ['?', '?', '?']]);
    expect((await assay.get('/assay/clusters')).body).toEqual({ value: [] });
  });

  it('was last seen at the last report of its cluster, until it is gone', async () => {
    await assay.publish(seen(1, 0), reported(0), reported(1));
    assay.clock.now = soon + dayMs;
    expect([await running(1), await running(2)]).toEqual([
      [{ cluster: 'prod', namespaces: ['shop'], since: at(0), seenAt: at(1) }],
      [],
    ]);
    expect([await listed(true), await listed(false), await csv()]).toEqual([
      [digestOf(1)],
      [digestOf(2), digestOf(3)],
      ['prod', '', ''],
    ]);
    // The order of two events of one moment does not count, that of their times does.
    await assay.publish(seen(1, 2, { state: 'gone' }), seen(1, 1.5), reported(2));
    expect([await running(1), await listed(true)]).toEqual([[], []]);
    const events = (await assay.get(`/assay/images/${digestOf(1)}/timeline`)).body.events as { summary: string }[];
    expect(events.map(({ summary }) => summary).filter((each) => each.includes('prod'))).toEqual([
      'running in prod (shop)',
      'gone in prod (shop)',
    ]);
  });

  it('is not known of a silent cluster, nor without word of the image for 15 days', async () => {
    await assay.publish(seen(1, 0), reported(0), seen(2, 0, { cluster: 'edge' }), reported(0, 'edge'), reported(2.5));
    assay.clock.now = soon + 2.5 * dayMs;
    expect(await running(2)).toEqual([
      { cluster: 'edge', namespaces: ['shop'], since: at(0), seenAt: at(0), silent: true },
    ]);
    expect([await listed(true), await listed(false), await csv()]).toEqual([
      [digestOf(1)],
      [digestOf(3)],
      ['prod', '?', ''],
    ]);
    expect((await assay.get('/assay/clusters')).body.value).toEqual([
      { cluster: 'edge', reportedAt: at(0), digests: 2, silent: true },
      { cluster: 'prod', reportedAt: at(2.5), digests: 2 },
    ]);
    await assay.publish(reported(15.5));
    assay.clock.now = soon + 15.5 * dayMs;
    expect([await running(1), await listed(false)]).toMatchObject([[{ seenAt: at(0), silent: true }], [digestOf(3)]]);
  });

  it('is an index also where a cluster reports what lies below it', async () => {
    const children = [{ digest: digestOf(1), kind: 'image', os: 'linux', architecture: 'amd64' }];
    const facts = { kind: 'index', layers: 0, compressedBytes: 0, encrypted: false, foreignLayers: false, children };
    const [index] = wholeStory({ digest: digestOf(9), push: { facts } });
    await assay.publish(index!, seen(1, 0), seen(9, 0, { namespaces: ['web'] }), reported(0));
    expect(await listed(true)).toContain(digestOf(9));
    expect(await running(9)).toMatchObject([{ cluster: 'prod', namespaces: ['web'] }]);
  });
});

it('is a member of findings in queries', async () => {
  await assay.publish(seen(1, 0), seen(2, 0, { cluster: 'edge' }), reported(0));
  const query = `securityresources | where type == 'microsoft.security/assessments/subassessments'
    | project digest = tostring(properties.additionalData.imageDigest), running = properties.additionalData.running`;
  const asked = async () => {
    const url = '/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01';
    const { body } = await assay.post(url, { query: `${query} | order by digest asc` });
    return body.data.map(({ running: value }: { running: unknown }) => value);
  };
  expect(await asked()).toEqual(['prod', '', '']);
  await assay.publish(reported(0, 'edge'));
  expect(await asked()).toEqual(['prod', 'edge', '']);
  assay.clock.now = soon + 3 * dayMs;
  expect(await asked()).toEqual([null, null, '']);
});
