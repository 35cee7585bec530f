import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryBytes, inventoryIn, type PackageInventory } from '@assay/events';
import { patienceMs, seed, turnsOf } from '@assay/testing';
import { halvesOf } from '../../domain/halves.ts';
import { findSandbox } from '../../sandbox/index.ts';
import type { ImageScanner, ScanOutcome } from '../scanner.ts';
import { imagesHere, realTrivy, unpackState } from '../../../test/trivy.ts';
import { checkWhole } from './document.ts';

type Succeeded = Extract<ScanOutcome, { outcome: 'succeeded' }>;

const options = { timeoutMs: patienceMs };
let folder: string;
let made = 0;
let scanner: ImageScanner;
let august: ImageScanner;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-rematch-'));
  const sandbox = await findSandbox({ ...process.env });
  ({ scanner } = await realTrivy(sandbox));
  const database = await unpackState('advisories-2026-08-01', join(folder, 'august'));
  ({ scanner: august } = await realTrivy(sandbox, database));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const images = imagesHere();
const scanned = async (name: string, by = scanner): Promise<Succeeded> => {
  const { path, digest } = images.find((image) => image.name === name)!;
  const outcome = await by.scan(path, { digest }, options);
  expect(outcome.outcome).toBe('succeeded');
  return outcome as Succeeded;
};

/** As it is after it was stored and read back. */
const storedOf = ({ os, packages }: Pick<Succeeded, 'os' | 'packages'>): PackageInventory =>
  inventoryIn(inventoryBytes({ os, packages }));

const matched = (inventory: PackageInventory, by = scanner): Promise<ScanOutcome> =>
  by.rematch!(join(folder, `${made++}`), inventory, options);

/** The images of a run: in a run that draws, a share that begins at another one for each seed. */
const drawn = images.filter((_, image) => (image + seed) % images.length < turnsOf(images.length));

describe('an inventory that is matched again', () => {
  it.each(drawn)(
    'of $name has the findings of a scan of the image, in every field, by both databases',
    async (image) => {
      const old = await scanned(image.name, august);
      const scan = await scanned(image.name);
      // The inventory of a scan by the old database is matched by both.
      const inventory = storedOf(old);
      for (const [expected, by] of [
        [old, august],
        [scan, scanner],
      ] as const) {
        const match = (await matched(inventory, by)) as Succeeded;
        expect(match.outcome).toBe('succeeded');
        expect(match.os).toEqual(expected.os);
        expect(match.packages).toHaveLength(expected.packages.length);
        expect(halvesOf(match.findings, match.packages)).toEqual(halvesOf(expected.findings, expected.packages));
      }
    },
  );

  it('has by a newer database what a scan by the old one had not', async () => {
    const counts = [];
    const inventory = storedOf(await scanned('debian-13.0', august));
    for (const by of [august, scanner]) counts.push(((await matched(inventory, by)) as Succeeded).findings.length);
    expect(counts).toEqual([141, 232]);
  });

  it('has other findings for another version of a package', async () => {
    const scan = await scanned('debian-13.0');
    const inventory = storedOf(scan);
    const newer = { version: '9.9-1', sourceVersion: '9.9-1' };
    const packages = inventory.packages.map((item) =>
      item.sourcePackage === 'openssl' ? { ...item, ...newer, purl: item.purl.replace(/@[^?]*/, '@9.9-1') } : item,
    );
    const match = (await matched({ ...inventory, packages })) as Succeeded;
    const ofOpenSsl = ({ findings }: Succeeded) => findings.filter((each) => each.sourcePackage === 'openssl').length;
    expect([ofOpenSsl(scan) > 0, ofOpenSsl(match)]).toEqual([true, 0]);
  });

  it('is no result if a package of it did not take part', async () => {
    const inventory = storedOf(await scanned('alpine-3.20.3'));
    // Trivy passes over a package without a package URL in silence.
    const packages = inventory.packages.map((item, index) => (index === 3 ? { ...item, purl: '' } : item));
    expect(await matched({ ...inventory, packages })).toMatchObject({
      outcome: 'failed',
      code: 'wrong-artifact',
      message: expect.stringContaining('of which 1 are missing') as string,
    });
  });

  it('leaves the folder to its caller', async () => {
    const place = join(folder, 'own');
    await scanner.rematch!(place, { packages: [] }, options);
    expect(existsSync(place)).toBe(true);
  });
});

describe('a match', () => {
  const item = { name: 'zlib', version: '1-r1', type: 'alpine', purl: 'pkg:apk/alpine/zlib@1-r1' };
  const os = { family: 'alpine', version: '3.20.3' };
  const inventory: PackageInventory = { os, packages: [item] };
  const whole = { os: { ...os, endOfLife: true }, packages: [{ ...item, purl: `${item.purl}?distro=x` }] };

  it('is whole with all packages under the same system', () => {
    expect(() => checkWhole(inventory, whole)).not.toThrow();
  });

  it.each<[string, Partial<typeof whole>]>([
    ['without one of the packages', { packages: [] }],
    ['with another version of one', { packages: [{ ...item, version: '2-r1' }] }],
    ['with a package more', { packages: [item, { ...item, name: 'musl' }] }],
    ['of another release', { os: { family: 'alpine', version: '3.20', endOfLife: false } }],
  ])('is none %s', (_, changes) => {
    expect(() => checkWhole(inventory, { ...whole, ...changes })).toThrow(
      expect.objectContaining({ code: 'wrong-artifact' }) as Error,
    );
  });

  it('of a system that was not given is none', () => {
    expect(() => checkWhole({ packages: [item] }, whole)).toThrow(/no system/);
  });
});
