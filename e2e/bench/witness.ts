import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ImageScanner } from '../../apps/sandbox-runner/dist/scanner/scanner.js';
import { findSandbox } from '../../apps/sandbox-runner/dist/sandbox/index.js';
import { openTrivy } from '../../apps/sandbox-runner/dist/scanner/trivy/index.js';
import { openWitness, witnessed } from '../../apps/sandbox-runner/dist/witness/index.js';
import { home, images, median, print, temporary, type BenchRow } from './setting.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Files of a layer that has 100 MB when it is compressed, like that of a large program with its data. */
const files = 2_000;
const bytesOfFile = 100_000;

/** Makes a layout: a real Debian, and layers with 100 MB of other files, half of which is text. */
const largeImage = async (folder: string): Promise<{ path: string; digest: string }> => {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer): { digest: string; size: number } => {
    writeFileSync(join(blobs, sha256(bytes)), bytes);
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const base = join(images, 'debian-13.0');
  const read = (digest: string): Buffer => readFileSync(join(base, 'blobs', 'sha256', digest.slice(7)));
  const index = JSON.parse(readFileSync(join(base, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
  const manifest = JSON.parse(read(index.manifests[0]!.digest).toString()) as Record<string, any>;
  const config = JSON.parse(read(manifest.config.digest).toString()) as Record<string, any>;
  for (const { digest } of manifest.layers) put(read(digest));
  const archive = pack();
  const half = Buffer.alloc(bytesOfFile / 2, 'a line of text that repeats itself\n');
  for (let nth = 0; nth < files; nth += 1)
    archive.entry({ name: `opt/data/${nth % 50}/file-${nth}` }, Buffer.concat([randomBytes(bytesOfFile / 2), half]));
  archive.finalize();
  const tar = await buffer(archive);
  manifest.layers.push({ ...manifest.layers[0], ...put(gzipSync(tar)) });
  config.rootfs.diff_ids.push(`sha256:${sha256(tar)}`);
  manifest.config = { ...manifest.config, ...put(Buffer.from(JSON.stringify(config))) };
  const stored = put(Buffer.from(JSON.stringify(manifest)));
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: manifest.mediaType, ...stored }] }),
  );
  return { path: folder, digest: stored.digest };
};

/** Processor time of this process and its ended children, ms (proc(5): `utime` to `cstime`; a tick is 10 ms). */
const processorMs = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
};

const isGzip = (path: string): boolean => {
  const file = openSync(path, 'r');
  const head = Buffer.alloc(2);
  readSync(file, head);
  closeSync(file);
  return head.readUInt16BE(0) === 0x1f8b;
};

/** Compares nothing, but costs what comparing the diff ids did before the witness: beside the scan, in this process. */
const withDiffIds = (scanner: ImageScanner): ImageScanner => ({
  ...scanner,
  scan: async (folder, expected, options) => {
    const blobs = join(folder, 'blobs', 'sha256');
    const hashing = Promise.all(
      readdirSync(blobs)
        .map((name) => join(blobs, name))
        .filter(isGzip)
        .map((path) =>
          pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), createGunzip(), createHash('sha256')),
        ),
    );
    const outcome = await scanner.scan(folder, expected, options);
    await hashing;
    return outcome;
  },
});

/**
 * Times scans of an image with 100 MB of layers by turns: the scanner alone, with diff ids compared as before the
 * witness, and with the witness. `new` is an image with layers
 * that the witness has not read before, `known` one whose layers it has read.
 */
export const measureWitness = async (runs: number): Promise<BenchRow[]> => {
  const sandbox = await findSandbox(process.env);
  const { scanner } = await openTrivy({ env: process.env, dataDirectory: home, sandbox, onProgress: print });
  const image = await largeImage(temporary('large'));
  const names = ['alone', 'before', 'new', 'known'] as const;
  const times = Object.fromEntries(names.map((name) => [name, { wall: [], processor: [] }])) as unknown as Record<
    (typeof names)[number],
    { wall: number[]; processor: number[] }
  >;
  const kept = temporary('witness');
  for (let run = 0; run < runs + 1; run += 1) {
    const folder = temporary('witness');
    const scanners = {
      alone: scanner,
      before: withDiffIds(scanner),
      new: witnessed(scanner, await openWitness(sandbox, folder)),
      known: witnessed(scanner, await openWitness(sandbox, kept)),
    };
    for (const name of names) {
      const [began, before] = [performance.now(), processorMs()];
      const outcome = await scanners[name].scan(image.path, { digest: image.digest }, { timeoutMs: 120_000 });
      if (outcome.outcome !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
      if (run === 0) continue;
      times[name].wall.push(performance.now() - began);
      times[name].processor.push(processorMs() - before);
    }
    rmSync(folder, { recursive: true, force: true });
  }
  const [wall, processor] = [median(times.before.wall), median(times.before.processor)];
  return (['alone', 'new', 'known'] as const).map((name) => ({
    what:
      name === 'alone'
        ? `scan of 100 MB of layers, by the scan with diff ids as before the witness (${wall.toFixed(0)} ms)`
        : `scan of 100 MB of ${name} layers with the witness, by the same`,
    measured: median(times[name].wall) / wall,
    unit: 'x',
    ...(name === 'alone' ? {} : { target: 1.25 }),
    note:
      `${median(times[name].wall).toFixed(0)} ms; processor ${median(times[name].processor).toFixed(0)} ms, ` +
      `before ${processor.toFixed(0)} ms; ${availableParallelism()} processors`,
  }));
};
