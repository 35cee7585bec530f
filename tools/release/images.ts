import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { epoch, root, version } from './bundle.ts';

export const targets = [
  'ingestion',
  'eligibility',
  'sandbox-runner',
  'classifier',
  'recommendation',
  'billing',
  'cli',
  'suite',
  'client',
] as const;

const release = 'trixie';
const cache = join(root, 'node_modules/.cache/assay');

/** Programs that build images, by the Debian package that has them. */
const needed = { buildah: 'buildah', mmdebstrap: 'mmdebstrap' };

/** Works as root anywhere; the variable is buildah's own. */
const storage = ['--storage-driver', process.env['STORAGE_DRIVER'] ?? 'vfs'];
/** Runs buildah on the images of this machine, and returns what it prints. */
export const buildah = (...args: readonly string[]): string =>
  execFileSync('buildah', [...storage, ...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

/** Debian's packages of a base, fetched once. */
const baseTar = (): string => {
  const tar = join(cache, 'bases', `${release}.tar`);
  if (existsSync(tar)) return tar;
  mkdirSync(join(cache, 'bases'), { recursive: true });
  execFileSync(
    'mmdebstrap',
    ['--quiet', '--format=tar', '--variant=minbase', '--include=ca-certificates', release, `${tar}.new`],
    {
      stdio: 'inherit',
    },
  );
  execFileSync('mv', [`${tar}.new`, tar]);
  return tar;
};

/** Builds an image from a Dockerfile of few lines and the files in a folder. */
const image = (name: string, folder: string, lines: readonly string[]): string => {
  writeFileSync(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  buildah('bud', '--isolation', 'chroot', '--timestamp', epoch(), '--quiet', '-t', name, folder);
  return name;
};

/** The bases: Node on Debian; the same with npm, and the certificates of this machine, to build with; and Trivy. */
const bases = (trivy: string): Readonly<Record<'NODE_IMAGE' | 'BUILD_IMAGE' | 'TRIVY_IMAGE', string>> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bases-'));
  try {
    copyFileSync(baseTar(), join(folder, 'base.tar'));
    copyFileSync(join(root, `node_modules/node-linux-${process.arch}/bin/node`), join(folder, 'node'));
    copyFileSync(trivy, join(folder, 'trivy'));
    const npm = join(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim(), 'npm');
    execFileSync('cp', ['-rL', npm, join(folder, 'npm')]);
    const certificates = process.env['NODE_EXTRA_CA_CERTS'];
    if (certificates) copyFileSync(certificates, join(folder, 'certificates.pem'));
    return {
      NODE_IMAGE: image('localhost/assay-base/node', folder, [
        'FROM scratch',
        'ADD base.tar /',
        'COPY node /usr/local/bin/node',
      ]),
      BUILD_IMAGE: image('localhost/assay-base/build', folder, [
        'FROM localhost/assay-base/node',
        'COPY npm /usr/local/lib/node_modules/npm',
        'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
        ...(certificates
          ? ['COPY certificates.pem /certificates.pem', 'ENV NODE_EXTRA_CA_CERTS=/certificates.pem']
          : []),
      ]),
      TRIVY_IMAGE: image('localhost/assay-base/trivy', folder, ['FROM scratch', 'COPY trivy /trivy/trivy']),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/**
 * Builds the images of docker/Dockerfile with buildah, as root, without a container engine.
 * @param trivy a static Trivy for the images that scan
 * @throws Error where a program is missing
 */
export const buildImages = (trivy: string, only: readonly string[] = targets): readonly string[] => {
  for (const [program, debian] of Object.entries(needed))
    if (spawnSync('which', [program]).status !== 0)
      throw new Error(`${program} is missing: install the Debian package ${debian}, and run as root`);
  if (!existsSync(trivy)) throw new Error(`there is no Trivy at ${trivy}: give one with --trivy`);
  const given = Object.entries(bases(trivy)).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const built = (target: string, name: string, more: readonly string[]): void => {
    console.log(`building ${name}`);
    const args = ['--isolation', 'chroot', '--format', 'docker', '--timestamp', epoch()];
    buildah(
      'bud',
      ...args,
      '--build-arg',
      `VERSION=${version}`,
      ...given,
      ...more,
      '--target',
      target,
      '-t',
      name,
      '-f',
      'docker/Dockerfile',
      '.',
    );
  };
  const files = mkdtempSync(join(tmpdir(), 'assay-files-'));
  try {
    // The compiling stage is built once. Its image is large, so the others get what they need from a folder.
    built('build', 'localhost/assay-base/files', []);
    const container = buildah('from', 'localhost/assay-base/files').trim();
    execFileSync('cp', ['-a', join(buildah('mount', container).trim(), 'files'), files]);
    buildah('rm', container);
    return only.map((target) => {
      const name = `localhost/assay/${target}:${version}`;
      built(target, name, ['--build-context', `build=${files}`]);
      return name;
    });
  } finally {
    rmSync(files, { recursive: true });
  }
};

if (import.meta.main)
  await new Command('images')
    .description('Builds the images of docker/Dockerfile with buildah on bases of Debian. Needs root.')
    .argument('[targets...]', `some of: ${targets.join(', ')}`)
    .requiredOption('--trivy <file>', 'a static Trivy for the images that scan')
    .action((only: string[], { trivy }: { trivy: string }) => {
      const strange = only.find((each) => !(targets as readonly string[]).includes(each));
      if (strange !== undefined) throw new Error(`there is no image ${strange}: the images are ${targets.join(', ')}`);
      for (const name of buildImages(trivy, only.length > 0 ? only : targets)) console.log(name);
    })
    .parseAsync()
    .catch((error: unknown) => {
      console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    });
