import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, databaseFolder, states } from '../../libs/advisories/test/databases.ts';
import { tarOf } from '../../apps/sandbox-runner/test/layouts.ts';
import { descriptorOf, jsonBlob, layerOf, types, writeLayout } from '../../tools/layout.ts';
import { images, TestSuite } from './suite.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-uncovered-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Described {
  readonly digest: string;
}

/** A real image with one more layer, which has one file. */
const withFile = async (image: string, name: string, content: string): Promise<string> => {
  const blob = async <T>({ digest }: Described): Promise<T> =>
    JSON.parse(await readFile(join(images, image, 'blobs/sha256', digest.slice('sha256:'.length)), 'utf8')) as T;
  const index = JSON.parse(await readFile(join(images, image, 'index.json'), 'utf8')) as { manifests: Described[] };
  const manifest = await blob<{ config: Described; layers: object[] }>(index.manifests[0]!);
  const config = await blob<{ rootfs: { diff_ids: string[] }; history: object[] }>(manifest.config);
  const layer = layerOf(await tarOf([{ name, content }]));
  config.rootfs.diff_ids.push(layer.diffId);
  config.history.push({ created_by: `a layer with ${name}` });
  const made = jsonBlob(types.config, config);
  const whole = jsonBlob(types.manifest, {
    ...manifest,
    config: descriptorOf(made),
    layers: [...manifest.layers, descriptorOf(layer)],
  });
  const path = await mkdtemp(join(folder, 'layout-'));
  await cp(join(images, image), path, { recursive: true });
  await writeLayout(path, [made, layer, whole], descriptorOf(whole), 'v1');
  return relative(images, path);
};

/** As `npm install lodash@4.17.20` leaves it. */
const lodash = [
  'app/node_modules/lodash/package.json',
  '{"name":"lodash","version":"4.17.20","license":"MIT"}',
] as const;

const evidenceOf = async (suite: TestSuite, digest: string): Promise<unknown> =>
  (await suite.get<{ placements: { evidence: object }[] }>(`/assay/images/${digest}`)).placements[0]?.evidence;

it.each([
  ['Containers', { status: 'undetermined', reason: 'advisories-missing' }],
  ['ContainerRegistry', { status: 'healthy' }],
] as const)(
  'a language that the database does not know counts under the plan %s as it should',
  async (plan, status) => {
    const suite = await TestSuite.start({ plan });
    const digest = await suite.push(await withFile('debian-13.8', ...lodash), 'shop/web', 'v1');
    expect(await suite.settled(digest, 'shop/web')).toMatchObject(status);
    expect(await evidenceOf(suite, digest)).toMatchObject({ uncovered: { languages: ['node-pkg'] } });
    const plain = await suite.push('debian-13.8', 'shop/base', 'v1');
    expect((await suite.settled(plain, 'shop/base')).status).toBe('healthy');
    expect(await evidenceOf(suite, plain)).not.toHaveProperty('uncovered');
  },
);

it('an image of a release that a real database lacks is never healthy, and not charged', async () => {
  const { database, metadata } = await bytesOf(states.november);
  const without = Buffer.from(database.toString('latin1').replaceAll('debian 13', 'debian 14'), 'latin1');
  const suite = await TestSuite.start({ env: { ASSAY_TRIVY_DB: await databaseFolder(without, metadata) } });
  const digest = await suite.push('debian-13.0', 'debian', 'v1');
  const placement = await suite.settled(digest, 'debian');
  expect(placement).toMatchObject({ status: 'undetermined', reason: 'advisories-missing' });
  expect(placement.charge).toBeUndefined();
  const gate = await suite.get<object>(`/assay/images/${digest}/gate?maxSeverity=critical`);
  expect(gate).toMatchObject({ decision: 'unknown', reason: 'undetermined/advisories-missing' });
});

it('an image that a mark gives to another source of advisories is not healthy by those of its system', async () => {
  const suite = await TestSuite.start();
  const digest = await suite.push(await withFile('debian-13.8', 'usr/share/rapidfort/curated.json', ''), 'base', 'v1');
  expect(await suite.settled(digest, 'base')).toMatchObject({ status: 'undetermined', reason: 'system-unclear' });
});
