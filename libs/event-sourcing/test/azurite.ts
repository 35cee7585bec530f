import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../tools/services/index.ts';
import { withLock } from '../../../tools/services/lock.ts';
import { RunningServer } from '../../../tools/services/server.ts';

const run = promisify(execFile);
const version = '3.37.0';

/**
 * The folder of Azurite, shared by all tests of this user. It takes 300 MB and brings another OpenTelemetry, so it is
 * not a dependency.
 */
const azuriteFolder = async (): Promise<string> => {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay', `azurite-${version}`);
  const installed = join(cache, 'installed');
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, 'lock'), 170_000, async () => {
    if (existsSync(installed)) return;
    process.stderr.write(`Fetching Azurite ${version} (300 MB, once) into ${cache}\n`);
    const fetched = join(cache, 'fetched');
    await rm(fetched, { recursive: true, force: true });
    await mkdir(fetched);
    await run(
      'npm',
      [
        'install',
        '--prefix',
        fetched,
        '--no-save',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        `azurite@${version}`,
      ],
      { cwd: fetched, timeout: 160_000 },
    );
    await rename(fetched, installed);
  });
  return installed;
};

/** The account of every Azurite, with its published key. */
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** An emulated Azure Blob Storage. */
export const startAzurite = async (
  folder: string,
): Promise<{ readonly server: RunningServer; readonly url: string; readonly connectionString: string }> => {
  const main = join(await azuriteFolder(), 'node_modules', 'azurite', 'dist', 'src', 'blob', 'main.js');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/${account}`;
  const server = await RunningServer.start({
    name: 'azurite',
    folder,
    port,
    url,
    command: process.execPath,
    args: [
      main,
      '--location',
      folder,
      '--blobHost',
      '127.0.0.1',
      '--blobPort',
      String(port),
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
    ],
    remedy: 'npm install azurite',
    answers: async () => (await fetch(`${url}?comp=list`).catch(() => undefined)) !== undefined,
  });
  return {
    server,
    url,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${url};`,
  };
};
