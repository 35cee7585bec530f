import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Package } from '@assay/events';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { debian, layerOf, layoutOf, sha256, vulnerable, type MadeLayout } from '../../test/layouts.ts';
import type { LayoutImage } from '../scanner/layout.ts';
import type { ImageScanner, ScanOptions, ScanOutcome } from '../scanner/scanner.ts';
import type { WitnessOutcome } from './witness.ts';
import { witnessed } from './witnessed-scanner.ts';

const version = '0123456789ab';
const scanner = { name: 'trivy', version: '0.74.0', digest: sha256('scanner') };
const database = { digest: sha256('database'), builtAt: '2026-11-24T00:00:00Z', demonstration: true };
type Succeeded = Extract<ScanOutcome, { outcome: 'succeeded' }>;
const reported: Succeeded = {
  outcome: 'succeeded',
  os: { family: 'debian', version: '13.0', endOfLife: false },
  findings: [],
  packages: [{ type: 'debian', name: 'libssl3', version: '3.5.1-1', purl: '' }],
  report: Buffer.from('{}'),
  scannerMs: 42,
  warnings: ['packages-unreadable'],
};

let layout: MadeLayout;
let answered: Extract<WitnessOutcome, { outcome: 'answered' }>;
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-witnessed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  layout = await layoutOf(folder, [await layerOf(debian(vulnerable)), await layerOf([{ name: 'x' }])]);
  answered = {
    outcome: 'answered',
    answer: {
      databases: [{ kind: 'dpkg', path: 'var/lib/dpkg/status', packages: [['libssl3', '3.5.1-1']] }],
      others: [],
      systems: [],
      languages: [],
      manifests: [],
      unread: [],
      notes: [],
      entries: 4,
    },
    diffIds: layout.layers.map(({ diffId }) => diffId),
  };
});

interface Calls {
  looks: { image: LayoutImage; options: ScanOptions }[];
  scans: number;
}
/** Both witnesses, each of which ends as a test asks. */
const bothOf = (
  scan: () => Promise<ScanOutcome>,
  look: (signal: AbortSignal | undefined) => Promise<WitnessOutcome>,
  rematch?: ImageScanner['rematch'],
) => {
  const calls: Calls = { looks: [], scans: 0 };
  const alone: ImageScanner = {
    identity: scanner,
    database,
    scan: () => {
      calls.scans += 1;
      return scan();
    },
    ...(rematch ? { rematch } : {}),
  };
  const both = witnessed(alone, {
    version,
    look: (image, options) => {
      calls.looks.push({ image, options });
      return look(options.signal);
    },
  });
  const scanned = (more: Partial<ScanOptions> = {}, digest = layout.digest): Promise<ScanOutcome> =>
    both.scan(layout.path, { digest }, { timeoutMs: 60_000, ...more });
  return { both, calls, scanned };
};
/** A look that ends only when its signal does. */
const endless = (signal: AbortSignal | undefined): Promise<WitnessOutcome> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve({ outcome: 'cancelled' })));

describe('a scan with a witness', () => {
  it('is the report with what the witness saw, and where they disagree', async () => {
    const { both, calls, scanned } = bothOf(
      async () => reported,
      async () => answered,
    );
    expect(await scanned()).toMatchObject({
      ...reported,
      witness: { version, layers: 2, packages: 1, disagreements: [] },
      inventory: { packages: 1, systemPackages: 1 },
    });
    expect([both.identity, both.database]).toEqual([scanner, database]);
    expect(calls.looks).toMatchObject([
      { options: { timeoutMs: 60_000 }, image: { layers: layout.layers.map(({ diffId }) => ({ diffId })) } },
    ]);
    answered = { ...answered, answer: { ...answered.answer, databases: [] } };
    expect(await scanned()).toMatchObject({
      outcome: 'succeeded',
      witness: { disagreements: [{ what: 'packages', scanner: 1, witness: 0 }, { what: 'no-database' }] },
      inventory: { packages: 1, systemPackages: 0 },
    });
  });

  it('runs both at once', async () => {
    let started = (): void => undefined;
    const looking = new Promise<void>((resolve) => (started = resolve));
    const { scanned } = bothOf(
      async () => {
        await looking;
        return reported;
      },
      async () => {
        started();
        return answered;
      },
    );
    expect(await scanned()).toMatchObject({ outcome: 'succeeded' });
  });

  it('of an image that contradicts itself is a failure, and nothing runs', async () => {
    const { calls, scanned } = bothOf(
      async () => reported,
      async () => answered,
    );
    expect(await scanned({}, sha256('other'))).toMatchObject({ outcome: 'failed', code: 'wrong-artifact' });
    writeFileSync(join(layout.path, 'blobs', 'sha256', layout.configDigest.slice(7)), '{}');
    expect(await scanned()).toMatchObject({ outcome: 'failed', code: 'invalid-image', scannerMs: 0 });
    expect(calls).toEqual({ looks: [], scans: 0 });
  });

  it('of a layout that is not on the disk is an error of the system', async () => {
    rmSync(join(layout.path, 'index.json'));
    await expect(bothOf(async () => reported, endless).scanned()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('packages of languages that the report leaves out', () => {
  const path = 'app/node_modules/lodash/package.json';
  const finding = { vulnerability: 'CVE-2021-23337', package: 'lodash' } as Succeeded['findings'][number];
  const scannedWith = async (matched?: ScanOutcome) => {
    const given: { folder: string; packages: readonly Package[] }[] = [];
    const lodash = { path, language: 'node', packages: [['lodash', '4.17.20']] } as const;
    const { scanned } = bothOf(
      async () => ({ ...reported, uncovered: { languages: ['jar'] } }),
      async () => ({ ...answered, answer: { ...answered.answer, manifests: [lodash] } }),
      matched &&
        (async (folder, { packages }) => {
          given.push({ folder, packages });
          return matched;
        }),
    );
    return { outcome: (await scanned()) as Succeeded, given };
  };

  it('are matched by the scanner, and belong to its report', async () => {
    const lodash: Package = {
      type: 'node-pkg',
      name: 'lodash',
      version: '4.17.20',
      purl: 'pkg:npm/lodash@4.17.20',
      path,
    };
    const matched = {
      ...reported,
      findings: [finding],
      packages: [lodash],
      scannerMs: 8,
      uncovered: { languages: ['node-pkg'] },
    };
    const { outcome, given } = await scannedWith(matched);
    expect(given).toEqual([{ folder: expect.stringContaining(join(layout.path, 'left-out-')), packages: [lodash] }]);
    expect(outcome).toMatchObject({
      findings: [finding],
      packages: [...reported.packages, lodash],
      scannerMs: 50,
      uncovered: { languages: ['jar', 'node-pkg'] },
      witness: { disagreements: [] },
      inventory: { packages: 2, languages: ['node-pkg'] },
    });
  });

  it('are a doubt if the scanner does not match them', async () => {
    const failed: ScanOutcome = { outcome: 'failed', code: 'wrong-artifact', message: 'no', scannerMs: 8 };
    for (const { outcome } of [await scannedWith(failed), await scannedWith()])
      expect(outcome).toMatchObject({
        findings: [],
        packages: reported.packages,
        witness: { disagreements: [{ what: 'manifests', path, witness: 1, examples: [`${path}: lodash 4.17.20`] }] },
      });
  });
});

describe('a layer whose content has another digest than the config', () => {
  it.each([0, 1])('makes the image invalid: layer %i', async (nth) => {
    const diffIds = answered.diffIds.with(nth, sha256('another'));
    const { scanned } = bothOf(
      async () => reported,
      async () => ({ ...answered, diffIds }),
    );
    const digest = sha256(layout.layers[nth]?.blob ?? '');
    expect(await scanned()).toEqual({
      outcome: 'failed',
      code: 'invalid-image',
      message: `the content of layer ${digest} is not ${layout.layers[nth]?.diffId}, as the config says`,
      scannerMs: 42,
    });
  });

  it('also if it could not be decompressed, or if the digests are in another order', async () => {
    for (const diffIds of [answered.diffIds.with(1, ''), answered.diffIds.toReversed(), answered.diffIds.slice(0, 1)]) {
      const { scanned } = bothOf(
        async () => reported,
        async () => ({ ...answered, diffIds }),
      );
      expect(await scanned()).toMatchObject({ outcome: 'failed', code: 'invalid-image' });
    }
  });
});

describe('a scan that fails', () => {
  it.each<[string, ScanOutcome]>([
    ['a failure', { outcome: 'failed', code: 'scanner-failed', message: 'no', scannerMs: 7 }],
    ['cancelled', { outcome: 'cancelled', scannerMs: 7 }],
  ])('is %s, and ends the witness', async (_, outcome) => {
    const { calls, scanned } = bothOf(async () => outcome, endless);
    expect(await scanned()).toBe(outcome);
    expect(calls.looks[0]?.options.signal?.aborted).toBe(true);
  });

  it('by an error ends the witness, and is that error', async () => {
    const { calls, scanned } = bothOf(() => Promise.reject(new Error('no sandbox')), endless);
    await expect(scanned()).rejects.toThrow('no sandbox');
    expect(calls.looks[0]?.options.signal?.aborted).toBe(true);
    const failing = bothOf(
      () => Promise.reject(new Error('the first')),
      () => Promise.reject(new Error('the second')),
    );
    await expect(failing.scanned()).rejects.toThrow('the first');
  });
});

describe('a witness that fails', () => {
  it('makes the scan a failure, with the time of the scanner', async () => {
    const { scanned } = bothOf(
      async () => reported,
      async () => ({ outcome: 'failed', code: 'out-of-memory', message: 'too large' }),
    );
    expect(await scanned()).toEqual({ outcome: 'failed', code: 'out-of-memory', message: 'too large', scannerMs: 42 });
  });

  it('by an error of the disk is that error: no fault of the image', async () => {
    const missing = Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'link' });
    const { scanned } = bothOf(
      async () => reported,
      () => Promise.reject(missing),
    );
    await expect(scanned()).rejects.toBe(missing);
  });
});

describe('a scan that is cancelled', () => {
  it('is cancelled, and ends the witness', async () => {
    const cancel = new AbortController();
    const { calls, scanned } = bothOf(async () => {
      cancel.abort();
      return reported;
    }, endless);
    expect(await scanned({ signal: cancel.signal })).toEqual({ outcome: 'cancelled', scannerMs: 42 });
    expect(calls.looks[0]?.options.signal?.aborted).toBe(true);
  });

  it('is cancelled, also if the witness had its answer', async () => {
    const cancel = new AbortController();
    const { scanned } = bothOf(
      async () => {
        cancel.abort();
        return reported;
      },
      async () => answered,
    );
    expect(await scanned({ signal: cancel.signal })).toEqual({ outcome: 'cancelled', scannerMs: 42 });
  });

  it('while the witness looks is cancelled', async () => {
    const { scanned } = bothOf(
      async () => reported,
      async () => ({ outcome: 'cancelled' }),
    );
    expect(await scanned()).toEqual({ outcome: 'cancelled', scannerMs: 42 });
  });
});

it('the layout is left as it was', async () => {
  const index = readFileSync(join(layout.path, 'index.json'), 'utf8');
  await bothOf(
    async () => reported,
    async () => answered,
  ).scanned();
  expect(readFileSync(join(layout.path, 'index.json'), 'utf8')).toBe(index);
});
