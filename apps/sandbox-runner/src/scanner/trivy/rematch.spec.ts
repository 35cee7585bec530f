import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryBytes, inventoryIn, type PackageInventory } from '@assay/events';
import { patienceMs, seed, turnsOf } from '@assay/testing';
import { halvesOf } from '../../domain/halves.ts';
import { findSandbox } from '../../sandbox/index.ts';
import type { Sandbox, SandboxRun } from '../../sandbox/sandbox.ts';
import type { ImageScanner, ScanOutcome } from '../scanner.ts';
import { imagesHere, realTrivy, unpackState } from '../../../test/trivy.ts';
import { checkWhole } from './document.ts';

type Succeeded = Extract<ScanOutcome, { outcome: 'succeeded' }>;

const options = { timeoutMs: patienceMs };
let folder: string;
let made = 0;
let scanner: ImageScanner;
let august: ImageScanner;
let sandbox: Sandbox;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-rematch-'));
  sandbox = await findSandbox({ ...process.env });
  ({ scanner } = await realTrivy(sandbox));
  const database = await unpackState('advisories-2026-08-01', join(folder, 'august'));
  ({ scanner: august } = await realTrivy(sandbox, database));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const images = imagesHere();
const scans = new Map<string, Promise<ScanOutcome>>();
/** Scans an image once by each database. */
const scanned = async (name: string, by = scanner): Promise<Succeeded> => {
  const { path, digest } = images.find((image) => image.name === name)!;
  const key = `${name} ${by.database.digest}`;
  const scan = scans.get(key) ?? by.scan(path, { digest }, options);
  scans.set(key, scan);
  const outcome = await scan;
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

/** The image without some of its packages, and in other layers. Each turn leaves out others. */
const variantOf = (scan: Succeeded, turn: number): Succeeded => {
  const gone = new Set(scan.packages.filter((_, at) => turn > 0 && at % 7 === turn).map(({ name }) => name));
  const layer = <Item extends { layer?: string }>(item: Item): Item =>
    item.layer ? { ...item, layer: item.layer.replace(/.$/, String(turn)) } : item;
  return {
    ...scan,
    packages: scan.packages.filter(({ name }) => !gone.has(name)).map(layer),
    findings: scan.findings.filter(({ package: name }) => !gone.has(name)).map(layer),
  };
};

const stateOf = ({ os, findings, packages }: Succeeded): object => ({ os, ...halvesOf(findings, packages) });

/** Matches inventories in the runs that the scanner arranges. Returns their outcomes in the same order. */
const matchedTogether = async (
  inventories: readonly PackageInventory[],
  { together } = scanner,
): Promise<{ outcomes: ScanOutcome[]; runs: number[] }> => {
  const outcomes = new Map<PackageInventory, ScanOutcome>();
  const runs = together!.arranged(inventories);
  for (const run of runs) {
    const ended = await together!.match(join(folder, `${made++}`), run, options);
    run.forEach((inventory, at) => outcomes.set(inventory, ended[at]!));
  }
  return { outcomes: inventories.map((each) => outcomes.get(each)!), runs: runs.map(({ length }) => length) };
};

describe('inventories that are matched together', () => {
  it.each(['the old database', 'the newer one'])('have by %s the findings that each image has', async (which) => {
    const by = which === 'the old database' ? august : scanner;
    const expected: Succeeded[] = [];
    for (const { name } of drawn) {
      const scan = await scanned(name, by);
      for (const turn of [0, 1, 2]) expected.push(variantOf(scan, turn));
    }
    const { outcomes, runs } = await matchedTogether(expected.map(storedOf), by);
    expect(Math.max(...runs)).toBeGreaterThanOrEqual(3);
    for (const [at, scan] of expected.entries()) {
      const match = outcomes[at] as Succeeded;
      expect(match.outcome).toBe('succeeded');
      expect(match.packages).toHaveLength(scan.packages.length);
      expect(stateOf(match)).toEqual(stateOf(scan));
    }
  });

  it('spoil only themselves where a package does not take part', async () => {
    const scan = await scanned('debian-13.0');
    const good = [0, 1, 2].map((turn) => variantOf(scan, turn));
    const [first, ...others] = good.map(storedOf);
    const bad = {
      ...first!,
      packages: first!.packages.map((item, at) => (at === 3 ? { ...item, name: 'other', purl: '' } : item)),
    };
    const { outcomes, runs } = await matchedTogether([bad, first!, ...others]);
    expect(runs).toEqual([4]);
    expect(outcomes[0]).toMatchObject({ outcome: 'failed', code: 'wrong-artifact' });
    expect(outcomes.slice(1).map((each) => stateOf(each as Succeeded))).toEqual(good.map(stateOf));
  });

  /** A scanner whose runs of several inventories end otherwise. */
  const changing = async (change: (run: SandboxRun) => SandboxRun): Promise<ImageScanner> => {
    const changed: Sandbox = {
      driver: sandbox.driver,
      bounds: sandbox.bounds,
      run: async (command, signal) => {
        const run = await sandbox.run(command, signal);
        return command.input?.endsWith('together') ? change(run) : run;
      },
    };
    return (await realTrivy(changed)).scanner;
  };

  it('count for nothing if one of them has other findings alone', async () => {
    const losing = await changing((run) => {
      const report = JSON.parse(run.stdout.toString()) as { Results: { Vulnerabilities: unknown[] }[] };
      for (const result of report.Results) result.Vulnerabilities = [];
      return { ...run, stdout: Buffer.from(JSON.stringify(report)) };
    });
    const scan = await scanned('debian-13.0');
    const { outcomes } = await matchedTogether(
      [0, 1, 2].map((turn) => storedOf(variantOf(scan, turn))),
      losing,
    );
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['failed', 'failed', 'succeeded']);
    const alone = outcomes.find(({ outcome }) => outcome === 'succeeded') as Succeeded;
    expect(alone.findings.length).toBeGreaterThan(0);
  });

  it('count for nothing if a finding names no package', async () => {
    const nameless = await changing((run) => ({
      ...run,
      stdout: Buffer.from(
        run.stdout.toString().replace(/"BOMRef": ?"[^"]*"(?=[^[\]]*"InstalledVersion")/, '"BOMRef": ""'),
      ),
    }));
    const scan = await scanned('debian-13.0');
    const { outcomes } = await matchedTogether(
      [0, 1, 2].map((turn) => storedOf(variantOf(scan, turn))),
      nameless,
    );
    const failures = outcomes.filter(({ outcome }) => outcome === 'failed');
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatchObject({ message: expect.stringContaining('no package of the run') as string });
  });

  it.each<[string, Partial<SandboxRun>, string]>([
    ['is killed', { ended: 'killed', killedFor: 'memory' }, 'out-of-memory'],
    ['prints no report', { stdout: Buffer.from('{}') }, 'wrong-schema'],
    ['leaves out packages', { noticed: new Set(['[dpkg] parse error']) }, 'packages-unreadable'],
  ])('have no outcome but that of the one alone if their run %s', async (_, change, code) => {
    const broken = await changing((run) => ({ ...run, ...change }));
    const scan = await scanned('debian-13.0');
    const { outcomes } = await matchedTogether(
      [0, 1, 2].map((turn) => storedOf(variantOf(scan, turn))),
      broken,
    );
    const failures = outcomes.filter(({ outcome }) => outcome === 'failed');
    expect(failures).toHaveLength(2);
    expect(failures.map((each) => 'code' in each && each.code)).toEqual([code, code]);
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
