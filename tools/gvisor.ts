import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A commit of the branch `go`, which `go install` can build; the main sources need Bazel. */
const runsc = 'gvisor.dev/gvisor/runsc@v0.0.0-20260905035102-160fafc42237';

const root = join(import.meta.dirname, '..');
const kept = join(root, 'node_modules', '.cache', 'assay', 'gvisor', runsc.split('@')[1]!);

/** Builds missing programs; the first time it takes minutes. */
const build = (): string => {
  const program = join(kept, 'runsc');
  if (existsSync(program)) return program;
  console.log(`building ${runsc} with Go, which takes some minutes`);
  const building = `${kept}.building`;
  mkdirSync(building, { recursive: true });
  const { status, error } = spawnSync('go', ['install', '-ldflags=-s -w', runsc], {
    stdio: 'inherit',
    env: { ...process.env, GOBIN: building, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '' },
  });
  if (status !== 0) throw new Error(error ? `go does not start: ${error.message}` : `go ended with status ${status}`);
  rmSync(kept, { recursive: true, force: true });
  renameSync(building, kept);
  return program;
};

/**
 * `npm run test:gvisor`: runs the tests of the other drivers in the gVisor sandbox, and the attacks of `npm run
 * test:sandbox`. With arguments for vitest, it runs the tests only.
 */
const test = (): number => {
  // The slots' users start the program, and could not enter every folder that may contain a checkout.
  const folder = mkdtempSync(join(tmpdir(), 'assay-runsc-'));
  try {
    chmodSync(folder, 0o755);
    copyFileSync(build(), join(folder, 'runsc'));
    chmodSync(join(folder, 'runsc'), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, ASSAY_TEST_GVISOR: '1' };
    const run = (...args: string[]): boolean =>
      spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status === 0;
    const chosen = process.argv.slice(2);
    const held = run(join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'gvisor', ...chosen);
    const stood = chosen.length > 0 || run(join(root, 'e2e/sandbox/main.ts'));
    return held && stood ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = test();
