import { appendFileSync, chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DatabaseError } from '@assay/advisories';
import { sandboxBy } from '../../test/sandboxes.ts';
import { realTrivy } from '../../test/trivy.ts';
import { KeptDatabases } from '../databases/kept-databases.ts';
import { openScanEnvironment } from '../scan-environment.ts';
import { Builds, type BuildsPorts, type OpenedBuild } from './builds.ts';
import { ScannerError } from './scanner-error.ts';

const buildOf = (version: string, digit: string): OpenedBuild => ({
  scanner: { name: 'trivy', version, digest: `sha256:${digit.repeat(64)}` },
  withDatabase: () => Promise.reject(new Error('it proves nothing')),
  prove: () => Promise.reject(new Error('it proves nothing')),
});
const [older, newer] = [buildOf('0.59.1', 'a'), buildOf('0.74.0', 'b')];

/** A runner with the older build, beside which the newer one can be found. */
const setting = () => {
  const failures: string[] = [];
  const lines: string[] = [];
  const now = {
    file: '/scanners/trivy-0.59.1/trivy 1',
    build: older,
    opened: 0,
    recalled: '',
    proof: () => Promise.resolve(),
  };
  const ports: BuildsPorts = {
    look: () => Promise.resolve(now.file),
    open: () => {
      now.opened += 1;
      return Promise.resolve(newer);
    },
    use: async (build) => {
      await now.proof();
      now.build = build;
    },
    inUse: () => now.build.scanner,
    isRecalled: (digest) => digest === now.recalled,
    observer: { failed: (_, activity, error) => failures.push(`${activity}: ${(error as Error).message}`) },
    progress: (line) => lines.push(line),
  };
  return { now, failures, lines, builds: new Builds(ports, now.file) };
};

describe('another build of the scanner', () => {
  it('is opened only once its file is there, proved, and used', async () => {
    const { now, builds, lines } = setting();
    await builds.look();
    expect(now.opened).toBe(0);
    now.file = '/scanners/trivy-0.74.0/trivy 2';
    await Promise.all([builds.look(), builds.look()]);
    expect([now.opened, now.build, builds.notes()]).toEqual([1, newer, []]);
    expect(lines).toEqual([`scans with trivy 0.74.0 (${newer.scanner.digest})`]);
    await builds.look();
    now.file = 'the same build in another place';
    await builds.look();
    expect([now.opened, lines.length]).toEqual([2, 1]);
  });

  it.each([
    ['does not pass the canary', new DatabaseError('database-canary', 'it finds nothing', 'take another'), 1],
    ['is unfit', new ScannerError('scanner-tampered', 'it finds nothing', 'take another'), 1],
    ['cannot be proved now', new Error('it finds nothing'), 2],
  ])('that %s leaves the older one in use, with a note', async (_, error, attempts) => {
    const { now, builds, failures } = setting();
    now.file = '/scanners/trivy-0.74.0/trivy 2';
    now.proof = () => Promise.reject(error);
    await builds.look();
    await builds.look();
    expect([now.opened, now.build]).toEqual([attempts, older]);
    expect(builds.notes()).toEqual([
      expect.stringMatching(/^\/scanners\/trivy-0\.74\.0\/trivy is not used: it finds nothing; trivy 0\.59\.1 serves/),
    ]);
    expect(failures).toEqual(['taking the scanner /scanners/trivy-0.74.0/trivy into use: it finds nothing']);
    now.proof = () => Promise.resolve();
    now.file = '/scanners/trivy-0.74.0/trivy 3';
    await builds.look();
    expect([now.build, builds.notes()]).toEqual([newer, []]);
  });

  it('that was recalled is not used', async () => {
    const { now, builds } = setting();
    now.recalled = newer.scanner.digest;
    now.file = '/scanners/trivy-0.74.0/trivy 2';
    await builds.look();
    expect(now.build).toBe(older);
    expect(builds.notes()).toEqual([expect.stringContaining('is recalled, so it is not used; trivy 0.59.1 serves')]);
  });
});

it('a Trivy that replaces the one in use is proved by the database in use, and scans from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-builds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { trivy } = await realTrivy(await sandboxBy('util-linux'));
  const program = join(folder, 'trivy');
  copyFileSync(trivy.program, program);
  chmodSync(program, 0o755);
  const environment = await openScanEnvironment({
    env: { ...process.env, ASSAY_TRIVY: program, ASSAY_TRIVY_DB: undefined },
    home: folder,
    progress: () => undefined,
  });
  const observer = { failed: () => undefined };
  const progress = (): void => undefined;
  const { withDatabase, look, reopen, file } = environment;
  const blobs = { getStream: () => Promise.reject(new Error('there are none')) } as never;
  const databases = new KeptDatabases(
    { blobs, folder: join(folder, 'databases'), withDatabase, observer, progress },
    environment.imageScanner,
  );
  const inUse = () => databases.scanner.identity;
  const use = (build: OpenedBuild) => databases.useBuild(build);
  const builds = new Builds({ look, open: reopen, use, inUse, isRecalled: () => false, observer, progress }, file);
  await builds.look();
  expect(inUse().digest).toBe(trivy.digest);
  copyFileSync(program, `${program}.new`);
  appendFileSync(`${program}.new`, 'another build');
  chmodSync(`${program}.new`, 0o755);
  renameSync(`${program}.new`, program);
  await builds.look();
  expect(builds.notes()).toEqual([]);
  expect(inUse()).toMatchObject({ name: 'trivy', version: trivy.version });
  expect(inUse().digest).not.toBe(trivy.digest);
  expect(databases.scanner.database).toEqual(environment.database);
});
