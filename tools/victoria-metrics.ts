import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The newest release whose `go.mod` the Go here can build as a dependency. */
const version = 'v1.151.0';
const project = 'github.com/VictoriaMetrics/VictoriaMetrics';
/** The hash of the module's sources, as `go.sum` writes it. */
const hash = 'h1:Svzb/7gPYbzmQnvLjab8h1Jl9olB76mokDE7ykvF/ro=';

const kept = join(import.meta.dirname, '..', 'node_modules/.cache/assay/victoria-metrics', version);

/** The programs of VictoriaMetrics that the tests of the boards use. */
const victoriaPrograms = ['victoria-metrics', 'vmalert'] as const;
export type VictoriaProgram = (typeof victoriaPrograms)[number];

const go = (folder: string, ...args: string[]): void => {
  const { status, error } = spawnSync('go', args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOWORK: 'off' },
  });
  if (status !== 0) throw new Error(error ? `go does not start: ${error.message}` : `go ended with status ${status}`);
};

/**
 * Gives the path of a program of VictoriaMetrics. The first call builds all of them from the Go module proxy, which
 * takes about fifteen minutes on one core. They are built in a module of their own, since `go install …@version`
 * refuses a module that replaces others.
 *
 * @throws Error where Go is missing, a build fails, or the sources do not have the known hash.
 */
export const victoriaProgram = (name: VictoriaProgram): string => {
  const program = join(kept, name);
  if (victoriaPrograms.every((each) => existsSync(join(kept, each)))) return program;
  console.log(`building VictoriaMetrics ${version} with Go, which takes about fifteen minutes`);
  const building = `${kept}.building`;
  mkdirSync(building, { recursive: true });
  writeFileSync(join(building, 'go.mod'), 'module assay/victoria-metrics\n\ngo 1.26\n');
  go(building, 'get', ...victoriaPrograms.map((each) => `${project}/app/${each}@${version}`));
  const sums = readFileSync(join(building, 'go.sum'), 'utf8').split('\n');
  if (!sums.includes(`${project} ${version} ${hash}`))
    throw new Error(`the sources of VictoriaMetrics ${version} do not have the hash ${hash}`);
  for (const each of victoriaPrograms)
    go(building, 'build', '-trimpath', '-ldflags=-s -w', '-o', each, `${project}/app/${each}`);
  rmSync(kept, { recursive: true, force: true });
  renameSync(building, kept);
  return program;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const each of victoriaPrograms) console.log(victoriaProgram(each));
