import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root, version } from './bundle.ts';

/** The packed suite, installed and running. */
export interface PackedSuite {
  /** The folder that it is installed in. */
  readonly folder: string;
  readonly data: string;
  readonly url: string;
  readonly token: string;
  readonly registry: string;
  /**
   * Runs a command of it, and returns what it prints.
   * @param codes its exit codes that are no failure
   * @throws Error with what it printed to stderr
   */
  readonly assay: (args: readonly string[], codes?: readonly number[]) => string;
  /** Ends it. Its folders stay until the use is over. */
  readonly stop: () => Promise<unknown>;
}

/**
 * Installs the packed suite, runs it with a data folder of its own, and ends it after use.
 * @param out where its tarball is
 * @throws Error if there is no tarball, or it does not start
 */
export const withPackedSuite = async <T>(
  out: string,
  use: (suite: PackedSuite) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-release-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(folder, 'package.json'), '{"name":"release","version":"0.0.0","private":true}');
  const tarball = join(out, `assay-suite-${version}.tgz`);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--silent', tarball], { cwd: folder });
  const command = join(folder, 'node_modules/.bin/assay');
  const all = {
    ...process.env,
    ASSAY_HOME: join(root, 'node_modules/.cache/assay'),
    ASSAY_DATABASE_SOURCES: 'off',
    ASSAY_URL: '',
    ...env,
  };
  const suite = spawn(command, ['up', '--port', '0', '--registry-port', '0', '--json', '--data', data], {
    cwd: folder,
    env: all,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(suite, 'exit');
  const stop = (): Promise<unknown> => {
    suite.kill('SIGTERM');
    return ended;
  };
  const assay: PackedSuite['assay'] = (args, codes = [0]) => {
    const { status, stdout, stderr } = spawnSync(command, [...args, '--data', data], {
      env: all,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (!codes.includes(status ?? -1)) throw new Error(`assay ${args[0]} ended with ${status}: ${stderr}`);
    return stdout;
  };
  try {
    await Promise.race([
      once(createInterface(suite.stdout), 'line'),
      ended.then(() => Promise.reject(new Error('the packed suite did not start: see above'))),
    ]);
    const { url, token, registries } = JSON.parse(readFileSync(join(data, 'endpoint.json'), 'utf8')) as {
      url: string;
      token: string;
      registries: { loginServer: string }[];
    };
    return await use({ folder, data, url, token, registry: registries[0]!.loginServer, assay, stop });
  } finally {
    await stop();
    rmSync(folder, { recursive: true });
  }
};
