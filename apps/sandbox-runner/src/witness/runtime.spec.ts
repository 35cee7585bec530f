import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { patienceMs } from '@assay/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debian, dpkgPackage, layerOf, layoutOf, vulnerable, type MadeLayer } from '../../test/layouts.ts';
import { rpmDatabases, rpmFile } from '../../test/rpm-databases.ts';
import { announceDrivers, driversHere, sandboxBy } from '../../test/sandboxes.ts';
import type { Sandbox } from '../sandbox/index.ts';
import { readLayout, type LayoutImage } from '../scanner/layout.ts';
import { openWitness } from './index.ts';
import { LayerSummaries } from './layer-summaries.ts';
import { openRuntime, type WitnessRuntime } from './runtime.ts';
import { ImageWitness } from './witness.ts';

let folder: string;
let runtime: WitnessRuntime;
beforeAll(async () => {
  announceDrivers();
  folder = mkdtempSync(join(tmpdir(), 'assay-runtime-'));
  runtime = await openRuntime(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imageOf = async (...layers: readonly MadeLayer[]): Promise<LayoutImage> => {
  const { path, digest } = await layoutOf(folder, layers);
  return readLayout(path, { digest });
};
let made = 0;
const inputsFor = (): string => {
  const inputs = join(folder, `inputs ${made++}`);
  mkdirSync(inputs);
  return inputs;
};

/** The same runtime with another program. */
const runtimeWith = (program: string): WitnessRuntime => {
  const copy = join(folder, `runtime-${made++}`);
  for (const entry of readdirSync(runtime.folder, { withFileTypes: true, recursive: true })) {
    const from = join(entry.parentPath, entry.name);
    const to = join(copy, from.slice(runtime.folder.length));
    mkdirSync(dirname(to), { recursive: true });
    if (entry.isFile() && !to.endsWith('program/main.js')) linkSync(from, to);
  }
  writeFileSync(join(copy, 'program', 'main.js'), program);
  return { ...runtime, folder: copy };
};

describe('the runtime', () => {
  it('has Node, its libraries and the program, and is gathered once', async () => {
    const names = readdirSync(runtime.folder).toSorted();
    expect(names).toEqual(['lib', 'node', 'package.json', 'program']);
    expect(readdirSync(join(runtime.folder, 'program'))).toContain('main.js');
    expect(runtime.version).toMatch(/^[0-9a-f]{12}$/);
    expect(await openRuntime(folder)).toEqual(runtime);
    expect(readdirSync(join(folder, 'witness')).filter((name) => name.startsWith('new-'))).toEqual([]);
  });

  it('may be gathered by several processes at once', async () => {
    const home = join(folder, 'shared');
    const opened = await Promise.all([openRuntime(home), openRuntime(home), openRuntime(home)]);
    expect(new Set(opened.map(({ folder: each }) => each)).size).toBe(1);
    expect(readdirSync(join(home, 'witness'))).toHaveLength(1);
  });
});

describe.each(driversHere)('the witness in the %s sandbox', (driver) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await sandboxBy(driver);
  });
  const witnessWith = (program: string): ImageWitness =>
    new ImageWitness({
      sandbox,
      runtime: runtimeWith(program),
      inputs: inputsFor(),
      summaries: new LayerSummaries(join(folder, `summaries-${made++}`), 'x'),
    });
  const empty: LayoutImage = { configDigest: '', layers: [] };

  it('reads an image, keeps what it read, and does not read it again', async () => {
    const home = join(folder, `home of ${driver}`);
    const layers = [await layerOf(debian(dpkgPackage('bash'))), await layerOf(debian(vulnerable))];
    const image = await imageOf(...layers);
    const expected = {
      outcome: 'answered',
      answer: { databases: [{ kind: 'dpkg', packages: [['libssl3', '3.5.1-1']] }], unread: [] },
      diffIds: layers.map(({ diffId }) => diffId),
    };
    const first = await openWitness(sandbox, home);
    expect(await first.look(image, { timeoutMs: patienceMs })).toMatchObject(expected);
    const kept = join(home, 'witness', 'layers', first.version);
    expect(readdirSync(kept).toSorted()).toEqual(
      image.layers.map(({ digest }) => `${digest.slice(7)}.json`).toSorted(),
    );
    // Another process, to which the bytes of the layers would be an error.
    const again = await openWitness(sandbox, home);
    for (const { path } of image.layers) writeFileSync(path, 'something else');
    expect(await again.look(image, { timeoutMs: patienceMs })).toMatchObject(expected);
  });

  it('counts real databases of rpm', async () => {
    const places = [
      'usr/lib/sysimage/rpm/rpmdb.sqlite',
      'var/lib/rpm/rpmdb.sqlite',
      'var/lib/rpm/Packages.db',
      'var/lib/rpm/Packages',
    ];
    const entries = rpmDatabases.map(({ file }, nth) => ({ name: places[nth] ?? '', content: rpmFile(file) }));
    const looked = await (
      await openWitness(sandbox, folder)
    ).look(await imageOf(await layerOf(entries)), {
      timeoutMs: patienceMs,
    });
    const found = looked.outcome === 'answered' ? looked.answer.databases : [];
    expect(Object.fromEntries(found.map(({ path, packages }) => [path, packages?.length]))).toEqual(
      Object.fromEntries(
        rpmDatabases.map(({ format, packages }, nth) => [places[nth], format === 'berkeley-db' ? 0 : packages]),
      ),
    );
  });

  it('sees no file of the host, and starts nothing', async () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'hunter2');
    const tries = {
      'its task': "fs.readFileSync('/input/task.json')",
      [secret]: `fs.readFileSync(${JSON.stringify(secret)})`,
      '/etc/passwd': "fs.readFileSync('/etc/passwd')",
      '/': "fs.readdirSync('/')",
      '/proc': "fs.readFileSync('/proc/1/environ')",
      'a write to its input': "fs.writeFileSync('/input/x', '')",
      'a write to its program': "fs.writeFileSync('/runtime/x', '')",
      'a write elsewhere': "fs.writeFileSync('/tmp/x', '')",
      'a process': "(await import('node:child_process')).execFileSync('/runtime/node', ['-v'])",
      'a thread': "new (await import('node:worker_threads')).Worker('0', { eval: true })",
      'an add-on': "process.dlopen({ exports: {} }, '/runtime/lib/libc.so.6')",
      'code from a text': "new Function('return 1')()",
    };
    const program = `import fs from 'node:fs';
      const unread = [];
      ${Object.entries(tries)
        .map(
          ([path, attempt]) =>
            `try { ${attempt}; unread.push({ path: ${JSON.stringify(path)}, reason: 'done' }); } catch {}`,
        )
        .join('\n')}
      const entries = Object.keys(process.env).length;
      const none = { databases: [], others: [], systems: [], languages: [], manifests: [], notes: [] };
      const image = { ...none, unread, entries };
      fs.writeSync(1, JSON.stringify({ image, diffIds: [] }) + '\\n');`;
    process.env['ASSAY_TEST_SECRET'] = 'hunter2';
    const looked = await witnessWith(program).look(empty, { timeoutMs: patienceMs });
    delete process.env['ASSAY_TEST_SECRET'];
    expect(looked).toMatchObject({ outcome: 'answered', answer: { unread: [{ path: 'its task', reason: 'done' }] } });
    expect(looked.outcome === 'answered' && looked.answer.entries).toBeLessThan(8);
  });

  it('reaches no network', async () => {
    const program = `import net from 'node:net';
      import fs from 'node:fs';
      const reason = await new Promise((resolve) => {
        const socket = net.connect(9, '127.0.0.1');
        socket.on('error', ({ code }) => resolve(code)).on('connect', () => resolve('connected'));
      });
      const unread = [{ path: '', reason }];
      const none = { databases: [], others: [], systems: [], languages: [], manifests: [], notes: [] };
      const image = { ...none, unread, entries: 0 };
      fs.writeSync(1, JSON.stringify({ image, diffIds: [] }) + '\\n');`;
    // The call alone ends it, or there is nothing to reach.
    const looked = await witnessWith(program).look(empty, { timeoutMs: patienceMs });
    if (looked.outcome === 'answered') expect(looked.answer.unread[0]?.reason).not.toMatch(/connected|ECONNREFUSED/);
    else expect(looked).toMatchObject({ outcome: 'failed', code: 'security-violation' });
  });

  it.each([
    ['its memory', "const all = []; for (;;) all.push(Buffer.alloc(2 ** 24, 'x'));", /out-of-memory|witness-failed/],
    ['its output', "import fs from 'node:fs'; for (;;) fs.writeSync(1, 'x'.repeat(65536));", /too-much-output/],
  ])('is ended at the limit of %s', async (_, program, code) => {
    const looked = await witnessWith(program).look(empty, { timeoutMs: patienceMs });
    expect(looked).toMatchObject({ outcome: 'failed', code: expect.stringMatching(code) });
  });

  it('is ended when its time is over, or its scan is cancelled', async () => {
    const witness = witnessWith('for (;;);');
    expect(await witness.look(empty, { timeoutMs: 500 })).toMatchObject({ outcome: 'failed', code: 'timeout' });
    expect(await witness.look(empty, { timeoutMs: patienceMs, signal: AbortSignal.abort() })).toEqual({
      outcome: 'cancelled',
    });
  });

  it('that does not run is noticed before the first scan', async () => {
    const home = join(folder, `broken home ${made++}`);
    const { folder: broken } = await openRuntime(home);
    rmSync(join(broken, 'program', 'main.js'));
    writeFileSync(join(broken, 'program', 'main.js'), 'process.exit(3)');
    await expect(openWitness(sandbox, home)).rejects.toMatchObject({ code: 'sandbox-cannot-start' });
    expect(readFileSync(join(runtime.folder, 'program', 'main.js'), 'utf8')).toContain('readImage');
  });
});
