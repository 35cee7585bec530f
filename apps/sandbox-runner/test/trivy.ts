import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import type { Sandbox } from '../src/sandbox/index.ts';
import { openTrivy, type OpenedTrivy } from '../src/scanner/trivy/index.ts';

/** Shared by all tests of the workspace, so that Trivy is fetched once. */
const dataDirectory = fileURLToPath(new URL('../../../node_modules/.cache/assay', import.meta.url));
export const imagesDirectory = fileURLToPath(new URL('../../../e2e/images', import.meta.url));

/**
 * Always the demonstration database, or the one in a folder; the Trivy may be the developer's own.
 * @param database folder with trivy.db and metadata.json
 */
export const realTrivy = (sandbox: Sandbox, database?: string): Promise<OpenedTrivy> => {
  const { ASSAY_TRIVY_DB: _, ...env } = process.env;
  return openTrivy({
    env: database === undefined ? env : { ...env, ASSAY_TRIVY_DB: database },
    dataDirectory,
    sandbox,
    onProgress: (line) => {
      process.stdout.write(`${line}\n`);
    },
  });
};

/** Every image of e2e/images that has a system or could have one; eligibility declines images that are not linux. */
export const allImages = [
  'alpine-3.10.3',
  'alpine-3.20.3',
  'alpine-3.7.3',
  'alpine-3.9.6',
  'busybox-1.37.0-glibc',
  'debian-10.13',
  'debian-11.0',
  'debian-13.0',
  'debian-13.8',
  'debian-bullseye-20230109-slim',
  'debian-buster-10.1',
  'distroless-java17-debian11',
  'distroless-python3-debian11',
  'distroless-python3-debian13',
  'distroless-static-debian11',
  'nginx-1.22.1-alpine',
  'nginx-1.23.3',
  'node-12-bullseye',
  'php-apache-bullseye',
  'postgres-13-bullseye',
  'postgres-17-trixie',
  'python-3.13-trixie',
  'web-trixie',
] as const;

const run = promisify(execFile);

/** Runs Trivy without any of our walls, with its own cache that holds the database and is removed afterwards. */
const bare = async (
  { trivy, database }: OpenedTrivy,
  command: string,
  args: readonly string[],
  document?: string,
): Promise<unknown> => {
  const cache = await mkdtemp(join(tmpdir(), 'assay-bare-trivy-'));
  try {
    await cp(database.directory, join(cache, 'db'), { recursive: true });
    if (document !== undefined) await writeFile(join(cache, 'document.json'), document);
    const { stdout } = await run(trivy.program, ['--quiet', '--cache-dir', cache, command, ...args], {
      maxBuffer: 2 ** 28,
      cwd: cache,
    });
    return JSON.parse(stdout);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
};

const options = [
  '--offline-scan',
  '--skip-db-update',
  '--skip-java-db-update',
  '--scanners',
  'vuln',
  '--format',
  'json',
  '--list-all-pkgs',
];

/** The same program on the same layout. */
export const bareTrivy = (opened: OpenedTrivy, layoutDir: string): Promise<unknown> =>
  bare(opened, 'image', ['--input', layoutDir, ...options]);

/** The findings of the same program in a document that lists packages (CycloneDX or SPDX), by the same database. */
export const trivyReading = (opened: OpenedTrivy, document: unknown): Promise<unknown> =>
  bare(opened, 'sbom', [...options, 'document.json'], JSON.stringify(document));

/** Converts a report of the same program to another format. */
export const trivyConverting = (
  opened: OpenedTrivy,
  report: unknown,
  format: 'cyclonedx' | 'spdx-json',
): Promise<unknown> => bare(opened, 'convert', ['--format', format, 'document.json'], JSON.stringify(report));

export interface FixtureImage {
  name: string;
  path: string;
  digest: string;
}

const readJson = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

/** Layouts of one linux image; eligibility declines the others. */
export const imagesHere = (): FixtureImage[] =>
  readdirSync(imagesDirectory)
    .filter((name) => existsSync(join(imagesDirectory, name, 'index.json')))
    .flatMap((name) => {
      const path = join(imagesDirectory, name);
      const blob = (digest: string) => readJson(join(path, 'blobs', 'sha256', digest.slice('sha256:'.length)));
      const manifests = readJson(join(path, 'index.json'))['manifests'] as { digest: string }[];
      const manifest = manifests.length === 1 ? blob(manifests[0]!.digest) : {};
      const config = manifest['config'] as { digest: string; mediaType: string } | undefined;
      if (
        config?.mediaType !== 'application/vnd.oci.image.config.v1+json' &&
        config?.mediaType !== 'application/vnd.docker.container.image.v1+json'
      )
        return [];
      return blob(config.digest)['os'] === 'linux' ? [{ name, path, digest: manifests[0]!.digest }] : [];
    });

/** Unpacks one of the states of the demonstration database: `advisories` or `advisories-2026-08-01`. */
export const unpackState = async (state: string, folder: string): Promise<string> => {
  const from = join(imagesDirectory, state);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'trivy.db'), zstdDecompressSync(readFileSync(join(from, 'trivy.db.zst'))));
  await cp(join(from, 'metadata.json'), join(folder, 'metadata.json'));
  return folder;
};
