import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, host } from '../services/ports.ts';
import { RunningServer } from '../services/server.ts';
import { program } from './programs.ts';

/**
 * Starts the nginx of this machine with a configuration of docker/ or charts/. Replaced are only the port, host names
 * that exist only inside, and the folder of temporary files.
 */
export const startNginx = async (
  configuration: string,
  { listen, upstreams }: { readonly listen: number; readonly upstreams: Readonly<Record<string, string>> },
): Promise<RunningServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-nginx-'));
  // Its workers run as another user.
  chmodSync(folder, 0o755);
  const port = await freePort();
  let text = configuration
    .replaceAll('/tmp/', `${folder}/`)
    .replace(`listen ${listen};`, `listen ${host}:${port};`)
    .replaceAll(/\/dev\/std(err|out)/g, `${folder}/$1.log`);
  for (const [name, address] of Object.entries(upstreams))
    text = text.replaceAll(`proxy_pass http://${name};`, `proxy_pass http://${address};`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  return RunningServer.start({
    name: 'nginx',
    folder,
    port,
    url: `http://${host}:${port}`,
    command: program('nginx', 'nginx'),
    args: ['-p', folder, '-c', file, '-g', 'daemon off;'],
    remedy: 'apt-get install nginx',
    answers: async () =>
      (await fetch(`http://${host}:${port}/healthz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)) !==
      undefined,
  });
};
