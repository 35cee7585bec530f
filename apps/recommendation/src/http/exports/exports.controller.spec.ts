import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applied, canonical, changeOf, encodeMark, setSum, type ClassifiedFinding, type DataOf } from '@assay/events';
import { Caller, operations, type ArmRequest } from '@assay/http';
import { partitionOf } from '@assay/messaging';
import { eventually } from '@assay/testing';
import { suite, type ServiceUnderTest } from '../../../test/suite.ts';
import {
  dataOf,
  declined,
  digestOf,
  emitted,
  entryOf,
  findingOf,
  imageStory,
  indexAt,
  pushFields,
  registryId,
  subscriptionId,
  wholeStory,
} from '../../../../../libs/read-model/test/fixtures.ts';

let assay: ServiceUnderTest;
const reported: unknown[] = [];
beforeEach(async () => {
  assay = await suite({ onError: (error) => reported.push(error) });
});
afterEach(async () => {
  // A client may hold a connection that it never used.
  (assay.app.getHttpServer() as Server).closeAllConnections();
  await assay.close();
});

type Line = Record<string, any>;

const lines = async (path = '/assay/sets'): Promise<Line[]> => {
  const { statusCode, headers, body } = await assay.app.inject({ url: path });
  expect([statusCode, headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
  expect(body.endsWith('\n')).toBe(true);
  return body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
};
const of = (all: readonly Line[], kind: string): Line[] => all.filter((line) => line.kind === kind);
const numbered = (n: number) => findingOf({ vulnerability: `CVE-2026-${1000 + n}` });
const partition = partitionOf(digestOf(1), 4);
const row = {
  id: '00000000-0000-0000-0000-000000000001',
  findings: 0,
  state: JSON.stringify({ placement: { subscriptionId, registryId, repository: 'a', digest: digestOf(1) } }),
};

describe('the export of all findings', () => {
  it('begins with positions, has each image with its set, and ends with counts', async () => {
    await assay.publish(
      ...wholeStory({ findings: [numbered(1), numbered(2)] }),
      ...wholeStory({ digest: digestOf(2), findings: [] }),
      indexAt(3, [[1, 'linux', 'amd64']]),
      imageStory({ digest: digestOf(4) })[0]!,
    );
    const all = await lines();
    expect(all.map(({ kind }) => kind)).toEqual(['export', 'image', 'image', 'image', 'image', 'end']);
    expect(all.at(-1)).toEqual({ kind: 'end', images: 4, findings: 2, pages: 0 });

    const { value } = (await assay.get('/assay/images')).body;
    expect(of(all, 'image').map(({ digest, status, reason }) => [digest, status, reason])).toEqual(
      value.map(({ digest, status, reason }: Line) => [digest, status, reason]),
    );
    const {
      sets: [{ findings, id, verdict, classification, set, layers }],
    } = (await assay.get(`/assay/images/${digestOf(1)}/sets`)).body;
    expect(of(all, 'image')[0]).toMatchObject({ partition, registryId, subscriptionId });
    expect(of(all, 'image')[0]!.classified).toMatchObject({
      id,
      verdict,
      classification,
      set,
      layers,
      findings,
      status: 'unhealthy',
    });
    expect(setSum(findings as ClassifiedFinding[])).toEqual(set);
    expect(of(all, 'image').map(({ classified }) => classified?.set.count)).toEqual([2, 0, undefined, undefined]);
  });

  it('states the next offset and the highest sequence of each partition of the published topics', async () => {
    await assay.publish(...wholeStory(), emitted('finding.classified', {}, { sequence: '7.5' }));
    const [{ version, asOf, positions }] = (await lines()) as [Line];
    expect([version, Date.parse(asOf) > 0]).toEqual([1, true]);
    const classified = positions.filter(({ topic }: Line) => topic === 'finding.classified');
    expect(classified.map(({ partition: one }: Line) => one)).toEqual([0, 1, 2, 3]);
    expect(classified[partition].next + classified[partitionOf(dataOf('finding.classified').digest, 4)].next).toBe(
      partition === partitionOf(dataOf('finding.classified').digest, 4) ? 4 : 2,
    );
    expect(classified.map(({ sequence }: Line) => sequence)).toContain('7.5');
    expect([...new Set(positions.map(({ topic }: Line) => topic))]).toEqual([
      'image.pushed',
      'scan.completed',
      'finding.classified',
      'recommendation.changed',
      'usage.charged',
      'vulnerability.described',
      'period.changed',
    ]);
    expect(positions.filter(({ topic }: Line) => topic === 'vulnerability.described')).toEqual([
      { topic: 'vulnerability.described', partition: 0, next: 1 },
    ]);
  });

  it('gives what a reader of the whole topic has, to one who goes on from its positions', async () => {
    const before = canonical([numbered(1), numbered(2), numbered(3)].map((each) => entryOf(each)));
    const after = canonical([numbered(2), numbered(4)].map((each) => entryOf(each)));
    await assay.publish(...wholeStory({ findings: [numbered(1), numbered(2), numbered(3)] }));
    const all = await lines();
    const { classified } = of(all, 'image')[0]!;
    const { removed, findings } = changeOf(before, after);
    const base = { id: classified.id, verdict: classified.verdict, classification: classified.classification };
    const set = setSum(after);
    await assay.publish(
      classifiedAs({ classification: 2, content: 'change', base, removed: [...removed], findings: [...findings], set }),
    );

    const position = all[0]!.positions.find(
      (one: Line) => one.topic === 'finding.classified' && one.partition === partition,
    );
    const behind: DataOf<'finding.classified'>[] = [];
    for await (const { records } of assay.log.read('finding.classified', partition, position.next, 99))
      behind.push(...records.map(({ value }) => JSON.parse(value) as DataOf<'finding.classified'>));
    expect(behind).toHaveLength(1);
    expect(behind[0]!.base).toEqual(base);
    const joined = applied<ClassifiedFinding>(classified.findings, {
      findings: behind[0]!.findings ?? [],
      removed: behind[0]!.removed ?? [],
      ruled: behind[0]!.ruled ?? [],
    })!;
    const answer = (await assay.get(`/assay/images/${digestOf(1)}/sets`)).body.sets[0];
    expect([joined, setSum(joined)]).toEqual([answer.findings, answer.set]);
  });

  it('has the pages of a classification whose other pages come later, as the topic has them', async () => {
    await assay.publish(...wholeStory({ findings: [numbered(1)] }));
    const [first, second] = [1, 2].map((page) =>
      emitted('finding.classified', {
        ...data(),
        classification: 2,
        page,
        pages: 2,
        findings: [entryOf(numbered(page))],
        set: setSum([numbered(1), numbered(2)].map((each) => entryOf(each))),
      }),
    );
    await assay.publish(first!);
    const all = await lines();
    expect(of(all, 'page')).toEqual([{ kind: 'page', partition, id: first!.id, data: first!.data }]);
    expect(of(all, 'image')[0]!.classified).toMatchObject({ classification: 1, set: { count: 1 } });
    expect(all.at(-1)).toMatchObject({ kind: 'end', pages: 1 });
    await assay.publish(second!);
    const then = await lines();
    expect([of(then, 'page'), of(then, 'image')[0]!.classified.set.count]).toEqual([[], 2]);
  });

  it('has no set for an image that is deleted, or whose findings are not known', async () => {
    await assay.publish(
      ...wholeStory(),
      declined('image-deleted', { verdict: 2 }),
      ...wholeStory({ digest: digestOf(2) }),
      emitted('finding.classified', {
        ...data(digestOf(2)),
        classification: 3,
        content: 'change',
        base: { id: 'lost', verdict: 1, classification: 2 },
        findings: [],
      }),
    );
    const images = of(await lines(), 'image');
    expect(images.map(({ status, reason, classified }) => [status, reason, classified])).toEqual([
      ['not-applicable', 'image-deleted', undefined],
      ['undetermined', 'parked', undefined],
    ]);
  });

  it('shows of an image with a parked event no newer database than that of its classification', async () => {
    await assay.publish(...wholeStory({ findings: [] }));
    const newer = {
      ...dataOf('finding.classified').database,
      digest: digestOf(77),
      builtAt: '2026-11-24T09:16:00.000Z',
    };
    const sequence = '9.1';
    const encoded = encodeMark({
      id: 'mark',
      source: '/assay/classifier',
      time: '2026-11-24T09:17:00.000Z',
      sequence,
      data: { scanner: 'trivy', database: newer, announced: 3, except: [] },
    });
    await assay.log.append([{ ...encoded, topic: 'finding.classified', partition }]);
    await assay.view.caughtUp();
    const database = async (): Promise<string> => of(await lines(), 'image')[0]!.classified.database.digest;
    expect(await database()).toBe(newer.digest);
    await assay.publish(
      emitted('operator.acted', {
        command: 'park',
        target: 'classifier/scan.completed/0/9',
        outcome: 'parked',
        details: { key: digestOf(1), type: 'x', id: 'y' },
      }),
    );
    expect(await database()).toBe(dataOf('finding.classified').database.digest);
  });

  it('names only images that the caller may read, and narrows to a subscription', async () => {
    await assay.close();
    const other = registryId.replace('/myreg', '/other');
    const scope = { kind: 'registry', subscriptionId, resourceGroup: 'rg1', registry: 'myreg' } as const;
    const identify = () => new Caller('ana', 'here', [{ may: operations, scope }]);
    assay = await suite({ arm: { access: { identify } } });
    await assay.publish(...wholeStory(), ...wholeStory({ digest: digestOf(2), push: { registryId: other } }));
    const all = await lines();
    expect(of(all, 'image').map(({ digest }) => digest)).toEqual([digestOf(1)]);
    expect(all.at(-1)).toMatchObject({ images: 1 });
    // Offsets count the events of the other registry, too.
    expect(Object.keys(all[0]!)).toEqual(['kind', 'version', 'asOf']);
    expect(of(await lines('/assay/sets?subscription=00000000-0000-0000-0000-00000000000f'), 'image')).toEqual([]);
    expect(of(await lines(`/assay/sets?subscription=${subscriptionId}`), 'image')).toHaveLength(1);
  });

  it('is made one at a time, makes room for another caller, and has one place of a caller', async () => {
    await assay.close();
    const identify = ({ headers }: ArmRequest) =>
      new Caller(String(headers.authorization), 'test', [{ may: operations, scope: 'everything' }]);
    assay = await suite({ arm: { access: { identify } }, lanes: { yieldsAfterMs: 50 } });
    const base = await assay.app.listen(0, '127.0.0.1').then(() => assay.app.getUrl());
    const { exports } = assay.view;
    const read = vi.spyOn(exports, 'read').mockImplementation(async (_, work) => {
      // Rows without end.
      const query = async (sql: string) =>
        sql.includes('from positions') ? [] : sql.includes('from images') ? Array(200).fill(row) : [];
      return work(query as never, { asOf: '2026-11-24T09:20:00.000Z', received: () => [] });
    });
    const as = (name: string, signal?: AbortSignal) =>
      fetch(`${base}/assay/sets`, { headers: { authorization: name }, ...(signal ? { signal } : {}) });
    const first = await as('ana');
    expect(first.status).toBe(200);
    const reader = first.body!.getReader();
    await reader.read();
    const again = await as('ana').then(whole);
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, '10']);
    const client = new AbortController();
    const second = await as('bob', client.signal);
    // The first one has broken off.
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow('terminated');
    client.abort();
    await second.body!.cancel().catch(() => undefined);
    read.mockRestore();
    await eventually(async () => (await as('ana').then(whole)).status === 200);
  });

  it('breaks off, without its last line, when it fails', async () => {
    await assay.publish(...wholeStory());
    vi.spyOn(assay.view.history, 'at').mockRejectedValue(new Error('the log is away'));
    await assay.publish(emitted('finding.classified', { ...data(), classification: 2, page: 1, pages: 2 }));
    await assay.app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await assay.app.getUrl()}/assay/sets`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(reported.splice(0)).toEqual([new Error('the log is away')]);
  });

  it('answers HEAD without an export', async () => {
    const { statusCode, body } = await assay.app.inject({ method: 'HEAD', url: '/assay/sets' });
    expect([statusCode, body]).toEqual([200, '']);
  });
});

/** An answer, once all of it was read. */
const whole = async (answer: Response): Promise<Response> => {
  await answer.text();
  return answer;
};

const data = (digest = digestOf(1)) => ({
  ...dataOf('finding.classified'),
  ...pushFields(digest, 1),
  verdict: 1,
});
const classifiedAs = (changes: Partial<DataOf<'finding.classified'>>) =>
  emitted('finding.classified', { ...data(), ...changes });
