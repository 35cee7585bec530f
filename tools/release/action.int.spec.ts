import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { wrongInSarif } from '../../apps/recommendation/test/schemas.ts';
import { TestSuite } from '../../e2e/test/suite.ts';
import { builtPrograms } from '../go-programs.ts';
import { root } from './bundle.ts';
import { packClient } from './client.ts';

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = parse(readFileSync(join(root, 'action/action.yml'), 'utf8')) as Action;

let folder: string;
let client: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-action-'));
  client = await packClient(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Executes the steps as a runner does: expressions in `env` only, until one fails. */
const executed = async (given: Readonly<Record<string, string>>): Promise<{ code: number; decision?: string }> => {
  const output = join(folder, 'output');
  writeFileSync(output, '');
  const outputs = (): Record<string, string> =>
    Object.fromEntries(
      readFileSync(output, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('=', 2)),
    );
  const valueOf = (text: string): string =>
    text.replace(/\$\{\{ (?:inputs\.([a-z-]+)|steps\.gate\.outputs\.([a-z]+)) \}\}/, (_, input?: string, of?: string) =>
      input === undefined ? (outputs()[of!] ?? '') : (given[input] ?? action.inputs[input]!.default!),
    );
  let code = 0;
  for (const { env, run, shell } of action.runs.steps) {
    expect(shell).toBe('bash');
    const values = Object.fromEntries(Object.entries(env).map(([name, text]) => [name, valueOf(text)]));
    const options = {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, RUNNER_TEMP: folder, GITHUB_OUTPUT: output, ...values },
    };
    code = await new Promise((resolve) => {
      execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], options, (error) =>
        resolve(Number(error?.code ?? 0)),
      );
    });
    if (code !== 0) break;
  }
  return { code, ...outputs() };
};

it('installs the client, waits for the gate, keeps the findings and ends as the gate decides', async () => {
  const suite = await TestSuite.start();
  const { url, token } = suite.suite.endpoint;
  const ask = (digest: string, more = {}) => executed({ client, url, token, digest, wait: '120s', ...more });
  const sarif = (): unknown => JSON.parse(readFileSync(join(folder, 'assay.sarif'), 'utf8'));
  const bad = await suite.push('debian-13.0', 'team/bad', '1');
  expect(await ask(bad, { repository: 'team/bad' })).toEqual({ code: 1, decision: 'deny' });
  expect(wrongInSarif(sarif())).toBeNull();
  const good = await suite.push('debian-13.8', 'team/good', '1');
  expect(await ask(good)).toEqual({ code: 0, decision: 'allow' });
  expect(await ask(`sha256:${'0'.repeat(64)}`, { wait: '0s' })).toEqual({ code: 2, decision: 'unknown' });
  expect(existsSync(join(folder, 'assay.sarif'))).toBe(false);
  // Text of an input is no command.
  expect(await ask('$(touch made); echo', { wait: '0s' })).toEqual({ code: 2, decision: 'unknown' });
  expect(existsSync(join(folder, 'made'))).toBe(false);
});

it('is called as its documentation shows, and so are the workflows of this repository valid', async () => {
  const programs = await builtPrograms({
    name: 'actionlint',
    module: 'github.com/rhysd/actionlint',
    version: 'v1.7.12',
    hash: 'h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=',
    packages: ['cmd/actionlint'],
  });
  const repository = join(folder, 'repository');
  for (const each of ['action', '.github/workflows'])
    cpSync(join(root, each), join(repository, each), { recursive: true });
  const page = readFileSync(join(root, 'docs/pipelines.md'), 'utf8');
  const [, example] = /## GitHub[^]*?```yaml\n([^]*?)```/.exec(page)!;
  const lint = (workflow: string): string => {
    writeFileSync(join(repository, '.github/workflows/example.yml'), workflow);
    return spawnSync(join(programs, 'actionlint'), ['-no-color', '-shellcheck='], { cwd: repository, encoding: 'utf8' })
      .stdout;
  };
  execFileSync('git', ['init', '--quiet'], { cwd: repository });
  expect(lint(example!)).toBe('');
  expect(lint(example!.replace('repository: team/web', 'repo: team/web'))).toContain('input "repo" is not defined');
});
