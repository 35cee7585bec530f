import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { patienceMs } from '@assay/testing';
import { localRegistryOf } from '../../apps/assay/src/suite/local-registry.ts';
import { variant } from '../variant.ts';
import { startBuildServer, type BuildServer } from './builds.ts';
import { startDistributed } from './distributed.ts';
import { images, TestSuite } from './suite.ts';

const repository = 'team/web';
const builds = 200;
/** Every so many builds one is a release, with a tag of its own. */
const between = 10;
const spec = {
  name: 'builds',
  subscriptionId: '00000000-0000-0000-0000-0000000000b1',
  subscriptionName: 'Builds',
  port: 0,
};
const sweeping = { ASSAY_SWEEP_SECONDS: '5' };

interface Started {
  readonly url: string;
  readonly get: <T>(path: string) => Promise<T>;
}

const registryOf = ({ loginServer, secret }: BuildServer) => localRegistryOf(spec, loginServer, secret);

it.each<[string, (server: BuildServer) => Promise<Started>]>([
  [
    'in one process',
    async (server) => {
      const env = { ...sweeping, ASSAY_REGISTRIES: JSON.stringify([registryOf(server)]) };
      const suite = await TestSuite.start({ env });
      return { url: suite.suite.endpoint.url, get: (path) => suite.get(path) };
    },
  ],
  [
    'on Kafka',
    async (server) => {
      const { name, subscriptionId, subscriptionName } = spec;
      const watched = { ...registryOf(server), name, subscriptionId, subscriptionName, secret: server.secret };
      const { suite } = await startDistributed({ env: sweeping, more: [watched] });
      return { url: suite.endpoint.url, get: (path) => suite.get(path) };
    },
  ],
])('follows the tags of 200 builds whose notifications are lost or forged, %s', async (_, start) => {
  const seed = process.env.ASSAY_SEED ?? '1';
  let drawn = 0;
  const draw = (): number => Number.parseInt(hash('sha256', `${seed} ${(drawn += 1)}`).slice(0, 8), 16) / 2 ** 32;
  const folder = await mkdtemp(join(tmpdir(), 'assay-layouts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const server = await startBuildServer('tell-me-of-builds');
  const { url, get } = await start(server);
  Object.assign(server, { url, isListed: false });

  const layouts: string[] = [];
  const digests: string[] = [];
  for (let n = 0; n < builds; n += 1) {
    const layout = variant(join(images, 'windows'), join(folder, `${n}`), n);
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: [{ digest: string }] };
    layouts.push(layout);
    digests.push(index.manifests[0].digest);
  }
  // A third of the notifications is lost, but none of the last ones.
  server.arrives = () => draw() * 3 >= 1;
  for (let n = 0; n < builds; n += 1) {
    if (n === builds - 1) server.arrives = () => true;
    await server.copy(layouts[n]!, `${repository}:main`);
    if (n % between === 0) await server.copy(layouts[n]!, `${repository}:r${n}`);
  }
  // Two are put back to older builds, and one is deleted.
  await server.copy(layouts[5]!, `${repository}:r50`);
  await server.copy(layouts[7]!, `${repository}:main`);
  await server.remove(`${repository}:r90`);
  const listed = await server.listing(repository);
  expect(Object.keys(listed)).toHaveLength(builds / between);
  expect([listed.main, listed.r50, listed.r90]).toEqual([digests[7], digests[5], undefined]);

  interface Tag {
    readonly tag: string;
    readonly digest?: string;
    readonly moves: readonly { readonly digest?: string }[];
  }
  const tags = async (): Promise<readonly Tag[]> =>
    (await get<{ value: readonly Tag[] }>(`/assay/tags?repository=${repository}`)).value;
  const known = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries((await tags()).flatMap(({ tag, digest }) => (digest ? [[tag, digest]] : [])));
  await expect.poll(() => server.arrived.some(({ action }) => action === 'delete'), { timeout: patienceMs }).toBe(true);
  // Before a sweep: what a genuine notification was about is right.
  const told = new Set(
    server.arrived.flatMap(({ action, target: { tag, digest } }) =>
      action === 'push' && tag !== undefined && listed[tag] === digest ? [tag] : [],
    ),
  );
  expect(told.size).toBeGreaterThan(3);
  expect(told.size).toBeLessThan(Object.keys(listed).length);
  const expected = Object.fromEntries(Object.entries(listed).filter(([tag]) => told.has(tag)));
  await expect.poll(known, { timeout: patienceMs }).toEqual(expected);

  // Ten are forged: they name other builds, of tags that exist or not.
  for (let n = 0; n < 10; n += 1) {
    const tag = ['main', 'r10', 'r20', 'none', 'r90'][n % 5]!;
    expect(await server.forge(`forged-${n}`, { tag, digest: digests[20 + n]! })).toBeLessThan(300);
  }
  // The registry is asked about these tags, so those that were not known are known now.
  const asked = { main: listed.main!, r10: listed.r10!, r20: listed.r20! };
  await expect.poll(known, { timeout: patienceMs }).toEqual({ ...expected, ...asked });

  server.isListed = true;
  await expect.poll(known, { timeout: patienceMs }).toEqual(listed);
  const shown = async (): Promise<unknown> => {
    const { value } = await get<{ value: { digest: string; deleted?: boolean }[] }>(
      `/assay/images?repository=${repository}&top=1000`,
    );
    return value.flatMap(({ digest, deleted }) => (deleted ? [] : [digest])).toSorted();
  };
  await expect.poll(shown, { timeout: patienceMs }).toEqual([...new Set(Object.values(listed))].toSorted());
  // No tag ever named what a forged notification took it for.
  for (const { tag, moves } of await tags())
    for (const { digest } of moves)
      expect([
        undefined,
        ...digests.filter((_each, n) => tag === 'main' || tag === `r${n}` || (tag === 'r50' && n === 5)),
      ]).toContain(digest);
});
