import { describe, expect, it } from 'vitest';
import { FolderBlobs } from '../../libs/event-sourcing/src/index.ts';
import { boltOf, contentOf } from '../../libs/advisories/test/bolt.ts';
import { archiveOf, states, undatedOf } from '../../libs/advisories/test/databases.ts';
import { lies, withdrawals, withMore, type Advised } from '../../libs/advisories/test/ways.ts';
import { datedDatabase } from '../../tools/dated-database.ts';
import { Api } from '../../apps/assay/src/client/api.ts';
import { TestSuite } from './suite.ts';

const [august, november] = await Promise.all(
  [states.august, states.november].map(async (state) => contentOf(await undatedOf(state))),
);
withMore(november!);

/** The words of the answers to an order. */
const [held, wasRefused, lost, family, future, old] = [
  'is held',
  'was refused',
  'has nothing of',
  'entries of',
  'in the future',
  'by its newest content',
];
const words = [wasRefused, held, lost, family, future, old];

const hourMs = 60 * 60_000;
const timeOf = (hoursAgo: number): string => new Date(Date.now() - hoursAgo * hourMs).toISOString();

/** The archive of a database that was built some hours ago, with content of that day unless it is of another. */
const archived = async (content: Advised, hoursAgo: number, day = timeOf(hoursAgo)): Promise<Buffer> =>
  archiveOf(
    ['trivy.db', datedDatabase(boltOf(content), day)],
    ['metadata.json', JSON.stringify({ Version: 2, UpdatedAt: timeOf(hoursAgo) })],
  );

const changed = (change: (content: Advised) => void, of: Advised = november!): Advised => {
  const content = structuredClone(of);
  change(content);
  return content;
};

/**
 * A suite with images of Debian 13 and Alpine, scanned by the demonstration database, and assessed again by a real one
 * of 80 hours ago.
 */
const setting = async (first: Advised = november!) => {
  const suite = await TestSuite.start({ env: { ASSAY_DATABASE_SOURCES: 'off' } });
  const { url, token } = suite.suite.endpoint;
  const api = new Api(url, token);
  const taken = async (archive: Buffer, content: object = {}): Promise<string> => {
    const { dataref, bytes } = await new FolderBlobs(suite.data.blobs).put(archive, { area: 'databases' });
    return api
      .databaseOrder('import', { dataref, bytes, ...content }, () => undefined)
      .then(
        ({ outcome }) => outcome,
        (error: unknown) => words.find((each) => String(error).includes(each)) ?? String(error),
      );
  };
  const digests = [
    await suite.push('debian-13.0', 'team/debian', 'v1'),
    await suite.push('alpine-3.20.3', 'team/alpine', 'v1'),
  ];
  await Promise.all(digests.map((digest, at) => suite.settled(digest, ['team/debian', 'team/alpine'][at]!)));
  expect(await taken(await archived(first, 80))).toBe('updated');
  /** The status of each image once both were assessed by the database in use. */
  const statuses = async (): Promise<string[]> => {
    const [inUse] = await api.databases();
    return Promise.all(
      digests.map(async (digest, at) => {
        for (;;) {
          const placement = await suite.settled(digest, ['team/debian', 'team/alpine'][at]!);
          const { database } = (placement as unknown as { evidence: { database: { digest: string } } }).evidence;
          if (database.digest === inUse!.digest) return placement.status;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }),
    );
  };
  const gate = async (): Promise<string> =>
    (await suite.get<{ decision: string }>(`/assay/images/${digests[0]}/gate?repository=team/debian`)).decision;
  return { suite, api, taken, statuses, gate, digests };
};

const outcomes: Readonly<Record<string, string>> = {
  'a release is gone': held,
  'the bucket of a release has another name': held,
  'twelve packages are emptied': held,
  'two of five packages of a release are emptied': held,
  'one package is emptied': 'updated',
  'half of the ids of a release are gone': held,
  'half of all ids are gone': family,
  'all packages of a release have new names': held,
  'no advisory of a release matches any architecture': held,
  'all severities are lowered': held,
  'all fixed versions of a release are raised': held,
  'a language is dropped': lost,
};

it('a database that lies is held or refused, or used without an image that becomes healthy by it', async () => {
  const { suite, api, taken, statuses, gate, digests } = await setting();
  const before = await statuses();
  expect(before[0]).toBe('unhealthy');
  const found = await suite.findings(digests[0]!, 'team/debian');
  const seen: Record<string, string> = {};
  let hours = 70;
  for (const [way, change] of Object.entries(lies)) {
    hours -= 1;
    seen[way] = await taken(await archived(changed(change), hours));
    expect([way, await statuses(), await gate()]).toEqual([way, before, 'deny']);
    if (seen[way] === held) {
      const waiting = await api.heldDatabase();
      expect(waiting).toMatchObject({ state: 'held', note: expect.stringContaining('is held') as string });
    }
  }
  expect(seen).toEqual(outcomes);
  expect(await suite.findings(digests[0]!, 'team/debian')).toHaveLength(found.length);

  // August under a date of today, by its content and by its claim; and one of the future.
  expect(await taken(await archived(august!, 1, '2026-08-01'))).toBe(old);
  expect(await taken(await archived(august!, 1))).toBe(lost);
  expect(await taken(await archived(november!, -24 * 1500))).toBe(future);
  expect([await statuses(), await gate()]).toEqual([before, 'deny']);
});

it('an honest database that withdraws advisories is used', async () => {
  const { taken, statuses } = await setting();
  let content = november!;
  let hours = 70;
  for (const [way, change] of Object.entries(withdrawals)) {
    hours -= 1;
    content = changed(change, content);
    expect([way, await taken(await archived(content, hours))]).toEqual([way, 'updated']);
  }
  expect(await statuses()).toContain('unhealthy');
});

it('the step from August to November is used', async () => {
  const { taken } = await setting(august!);
  expect(await taken(await archived(november!, 10))).toBe('updated');
});

it('a recall names beforehand what it changes, and once it is answered the gate obeys', async () => {
  const { suite, api, taken, statuses, gate, digests } = await setting(august!);
  await statuses();
  expect(await taken(await archived(november!, 10))).toBe('updated');
  await statuses();
  const inUse = (await api.databases())[0]!;
  const found = (await suite.findings(digests[0]!, 'team/debian')).length;
  const view = await api.lookAtRecall(inUse.digest);
  expect(view).toMatchObject({ digest: inUse.digest, silent: 0, consequences: { changed: 1, healthy: 0 } });
  expect((await api.databases())[0]!.digest).toBe(inUse.digest);
  await api.recallDatabase(inUse.digest, 'a hole');
  while (!(await api.obeysRecall(inUse.digest))) await new Promise((resolve) => setTimeout(resolve, 10));
  const recalled = await suite.get<{ places: { status: string; statusReason?: string }[] }>(
    `/assay/images/${digests[0]}/gate?repository=team/debian`,
  );
  // Recalled, or assessed by the one before already.
  const [place] = recalled.places;
  expect(place!.statusReason === 'database-recalled' || place!.status === 'unhealthy').toBe(true);
  await statuses();
  expect((await suite.findings(digests[0]!, 'team/debian')).length).toBe(found - view.consequences!.closing);
  expect(await gate()).toBe('deny');
});

describe('a held database', () => {
  const empties = lies['twelve packages are emptied']!;

  it('is used once it is released with the number of images that become healthy', async () => {
    const { api, taken } = await setting();
    expect(await taken(await archived(changed(empties), 20))).toBe(held);
    const { digest, consequences } = (await api.heldDatabase())!;
    await expect(api.releaseDatabase(digest, consequences!.healthy + 1, 'looked at it')).rejects.toMatchObject({
      message: expect.stringContaining('would become healthy') as string,
    });
    await api.releaseDatabase(digest, consequences!.healthy, 'looked at it');
    expect((await api.databases())[0]).toMatchObject({ digest, state: 'in-use' });
    expect(await api.heldDatabase()).toBeUndefined();
  });

  it('is not taken again once it is refused, not even by force, and the next one takes its place', async () => {
    const { api, taken } = await setting();
    const archive = await archived(changed(empties), 20);
    expect(await taken(archive)).toBe(held);
    expect(await taken(archive)).toBe(held);
    await api.refuseDatabase((await api.heldDatabase())!.digest, 'it lacks openssl');
    expect(await api.heldDatabase()).toBeUndefined();
    expect([await taken(archive), await taken(archive, { force: true })]).toEqual([wasRefused, held]);
    expect(
      await taken(
        await archived(
          changed((content) => delete content['debian 10']),
          10,
        ),
      ),
    ).toBe('updated');
    expect(await api.heldDatabase()).toBeUndefined();
  });
});
