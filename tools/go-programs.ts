import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of one Go module, by which version and hash they are the same on each machine. */
export interface GoPrograms {
  /** Name of their folder. */
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The hash of the module's sources, as `go.sum` writes it. */
  readonly hash: string;
  /** Their packages below the module, which end with the name of the program. */
  readonly packages: readonly string[];
}

const cache = join(import.meta.dirname, '..', 'node_modules/.cache/assay');

const go = async (folder: string, ...args: string[]): Promise<void> => {
  const child = spawn('go', args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOWORK: 'off' },
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`go ended with status ${status}`);
};

/**
 * Gives the folder of the programs. The first call builds all of them from the Go module proxy, which takes five to
 * fifteen minutes. They are built in a module of their own, since `go install …@version` refuses a module that replaces
 * others.
 *
 * @throws Error where Go is missing, a build fails, or the sources do not have the known hash.
 */
export const builtPrograms = async ({ name, module, version, hash, packages }: GoPrograms): Promise<string> => {
  const kept = join(cache, name, version);
  const programs = packages.map((path) => [path.split('/').at(-1)!, `${module}/${path}`] as const);
  if (programs.every(([program]) => existsSync(join(kept, program)))) return kept;
  console.log(`building ${name} ${version} with Go, which takes five to fifteen minutes`);
  const building = `${kept}.building`;
  mkdirSync(building, { recursive: true });
  writeFileSync(join(building, 'go.mod'), `module assay/${name}\n\ngo 1.26\n`);
  await go(building, 'get', ...programs.map(([, path]) => `${path}@${version}`));
  const sums = readFileSync(join(building, 'go.sum'), 'utf8').split('\n');
  if (!sums.includes(`${module} ${version} ${hash}`))
    throw new Error(`the sources of ${name} ${version} do not have the hash ${hash}`);
  for (const [program, path] of programs)
    await go(building, 'build', '-trimpath', '-ldflags=-s -w', '-o', program, path);
  rmSync(kept, { recursive: true, force: true });
  renameSync(building, kept);
  return kept;
};
