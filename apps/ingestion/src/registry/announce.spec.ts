import { describe, expect, it, onTestFinished } from 'vitest';
import type { Advisories } from '@assay/events';
import { EmbeddedStore } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { started } from '../../test/service.ts';
import { registryId } from '../../test/fixtures.ts';
import { announceAdvisories, announceBuild } from './announce.ts';

const registry = {
  registryId,
  loginServer: 'myreg.registry.test',
  credentials: { username: 'assay', password: 'first' },
};

/** The events of a registry after starts with one configuration after the other. */
const observed = async (...configurations: object[]): Promise<string[]> => {
  const log = new EmbeddedLog(':memory:');
  let emitted: string[] = [];
  for (const configured of configurations) {
    const service = await started([configured], { log, store: new EmbeddedStore(':memory:') });
    emitted = (await service.emitted('registry.observed')).map(({ data }) => JSON.stringify(data));
  }
  return emitted;
};

const accessOf = (text: string | undefined): unknown => (JSON.parse(text!) as { access?: string }).access;

describe('the configuration of a registry', () => {
  it('is published again after its credentials changed, and does not contain them', async () => {
    const [first, second, ...more] = await observed(
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks' },
      { ...registry, secret: 'of-webhooks', credentials: { username: 'assay', password: 'second' } },
    );
    expect(accessOf(first)).toMatch(/^[0-9a-f]{12}$/);
    expect(accessOf(second)).not.toBe(accessOf(first));
    expect([more, `${first!}${second!}`.match(/first|second|of-webhooks/g)]).toEqual([[], null]);
  });

  it('is published without a secret, too, with two bytes that hardly help to verify a guess', async () => {
    const second = { ...registry, credentials: { username: 'assay', password: 'second' } };
    const [first, other, ...more] = await observed(registry, registry, second, second);
    expect(accessOf(first)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).toMatch(/^[0-9a-f]{4}$/);
    expect(accessOf(other)).not.toBe(accessOf(first));
    expect(more).toEqual([]);
  });

  it('without credentials is published without a fingerprint', async () => {
    const { credentials: _credentials, ...open } = registry;
    const [only, ...more] = await observed(open, open);
    expect([JSON.parse(only!), more]).toEqual([expect.not.objectContaining({ access: expect.anything() }), []]);
  });
});

describe('the advisories of the scans', () => {
  const databaseOf = (n: number) => ({
    digest: `sha256:${String(n).repeat(64)}`,
    builtAt: '2026-11-24T00:00:00.000Z',
    demonstration: false,
  });
  const buildOf = (n: number) => ({ name: 'trivy', version: String(n), digest: `sha256:${String(n).repeat(64)}` });
  const plain = { scanner: 'trivy', database: databaseOf(1) };

  /** The announcements that starts with the advisories of one runner after the other publish. */
  const published = (...runners: Advisories[]): Promise<unknown[]> =>
    publishedWith(...runners.map((each) => [each] as const));

  /** The same, each with a version of the lists. */
  const publishedWith = async (
    ...runners: (readonly [advisories: Advisories | undefined, lists?: number])[]
  ): Promise<unknown[]> => {
    const log = new EmbeddedLog(':memory:');
    onTestFinished(() => log.close());
    for (const [advisories, lists] of runners) await announceAdvisories(log, advisories, lists);
    return recordsOf(log);
  };

  const recordsOf = async (log: EmbeddedLog): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const { records } of log.read('advisories.updated', 0, 0, await log.end('advisories.updated', 0)))
      found.push(...records.map(({ value }) => JSON.parse(value) as unknown));
    return found;
  };

  it('are published if the database differs, also from one that was published before', async () => {
    const newer = { ...plain, database: databaseOf(2) };
    expect(await published(plain, plain, newer, plain)).toEqual([plain, newer, plain]);
  });

  it('are published if the build of the scanner differs from the last one that was announced', async () => {
    const [one, two] = [1, 2].map((n) => ({ ...plain, program: buildOf(n) })) as [Advisories, Advisories];
    const newer = { ...plain, database: databaseOf(2) };
    expect(await published(plain, one, one, plain, two)).toEqual([plain, one, two]);
    expect(await published(one, newer, { ...newer, program: buildOf(1) })).toEqual([one, newer]);
  });

  it('are published with a build that came into use meanwhile, once', async () => {
    const log = new EmbeddedLog(':memory:');
    onTestFinished(() => log.close());
    await announceBuild(log, buildOf(1));
    const first = { ...plain, program: buildOf(1), lists: 2, families: [{ name: 'debian', entries: 3 }] };
    await announceAdvisories(log, first, 2);
    for (const build of [buildOf(1), buildOf(2), buildOf(2), { ...buildOf(3), name: 'another' }])
      await announceBuild(log, build);
    expect(await recordsOf(log)).toEqual([first, { ...first, program: buildOf(2) }]);
  });

  it('are published if the version of the lists differs, and then stay as they were announced', async () => {
    const built = { ...plain, program: buildOf(1) };
    expect(await publishedWith([plain], [plain, 1], [plain, 2], [plain, 2])).toEqual([plain, { ...plain, lists: 2 }]);
    // Without a runner in this process, the last ones count on.
    expect(await publishedWith([undefined, 2])).toEqual([]);
    expect(await publishedWith([built], [plain], [undefined, 2], [undefined, 2])).toEqual([
      built,
      { ...built, lists: 2 },
    ]);
    // A new database does not take them back, and an older program does.
    const newer = { ...plain, database: databaseOf(2) };
    expect(await publishedWith([plain, 2], [newer, 2], [newer, 1])).toEqual([
      { ...plain, lists: 2 },
      newer,
      { ...newer, lists: 1 },
    ]);
  });

  it('of another scanner are published, and name no build', async () => {
    const [one, other] = [
      { ...plain, program: buildOf(1) },
      { ...plain, scanner: 'other' },
    ];
    expect(await published(one, other, { ...other, program: buildOf(1) })).toHaveLength(3);
  });
});
