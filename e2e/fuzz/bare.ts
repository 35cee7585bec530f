import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FakeImage } from '../../libs/registry/test/fake-registry.ts';
import type { FuzzWorld } from './world.ts';

const run = promisify(execFile);

/**
 * If two files name the operating system, Trivy picks one at random. So it runs until it agrees, at most this often.
 */
const times = 24;
const timeoutMs = 30_000;

interface Report {
  readonly Metadata?: {
    readonly OS?: { readonly Family?: string; readonly Name?: string; readonly EOSL?: boolean } | null;
  };
  readonly Results?:
    | readonly { readonly Packages?: readonly unknown[] | null; readonly Vulnerabilities?: readonly unknown[] | null }[]
    | null;
}

const put = async (folder: string, { config, layers, manifest }: FakeImage): Promise<void> => {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  for (const { digest, bytes } of [config, ...layers, manifest])
    await writeFile(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), bytes);
  const { mediaType, digest, size } = manifest;
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size }] }),
  );
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
};

/** The reason why an answer of the scanner does not describe a healthy image. */
const doubt = (
  { Metadata, Results }: Report,
  complaints: string,
  expected: { readonly family: string; readonly version: string },
): string | undefined => {
  const found = (Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []).length;
  const packages = (Results ?? []).flatMap(({ Packages }) => Packages ?? []).length;
  const system = `${Metadata?.OS?.Family ?? ''} ${Metadata?.OS?.Name ?? ''}`;
  if (found > 0) return `${found} vulnerabilities`;
  if (packages === 0) return 'no packages';
  if (system !== `${expected.family} ${expected.version}`) return `the system is ${system}`;
  if (Metadata?.OS?.EOSL === true) return 'the system is at the end of its life';
  return /not on the EOL list|unsupported os version/i.test(complaints) ? 'the release is not known' : undefined;
};

/**
 * Asks the same scanner with the same database, without any of our sandboxes.
 * @returns evidence against the status; undefined if the answer supports it
 */
export const supports = async (
  world: FuzzWorld,
  folder: string,
  image: FakeImage,
  expected: { readonly family: string; readonly version: string } | undefined,
): Promise<string | undefined> => {
  const { program, cache } = await world.bareScanner();
  const layout = join(folder, 'layout');
  await put(layout, image);
  let why: string | undefined = 'nothing';
  for (let time = 0; time < times && why !== undefined; time += 1) {
    why = await run(
      program,
      [
        '--cache-dir',
        cache,
        'image',
        '--input',
        layout,
        '--cache-backend',
        'memory',
        '--offline-scan',
        '--skip-db-update',
        '--skip-java-db-update',
        '--scanners',
        'vuln',
        '--format',
        'json',
        '--list-all-pkgs',
      ],
      { maxBuffer: 2 ** 28, cwd: folder, timeout: timeoutMs },
    ).then(
      ({ stdout, stderr }) => doubt(JSON.parse(stdout) as Report, stderr, expected ?? { family: '', version: '' }),
      (error: Error) => error.message.slice(-300),
    );
  }
  return why;
};
