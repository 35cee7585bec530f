import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { ServiceError } from './failure.ts';
import { withLock } from './lock.ts';
import { freePort, host, isFree } from './ports.ts';
import { RunningServer, unstarted } from './server.ts';

const run = promisify(execFile);
const module = fileURLToPath(new URL('collector/', import.meta.url));
const shipped = fileURLToPath(new URL('../../docker/collector.yml', import.meta.url));
const longestBuildMs = 1_200_000;

export interface CollectorOptions {
  readonly folder: string;
  /** An OTLP endpoint that accepts JSON: the collector converts protobuf for it. */
  readonly to: string;
  /** Percent of the traces that are kept by chance; as shipped without it. */
  readonly share?: number;
}

/**
 * The OpenTelemetry Collector with the processors and pipelines of docker/collector.yml, but OTLP over HTTP as its only
 * input and output. It decides about a trace after one second in place of a minute.
 */
export const startCollector = async ({ folder: at, to, share }: CollectorOptions): Promise<RunningServer> => {
  const [folder, port, command] = [resolve(at), await freePort(), await built()];
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'collector.json');
  await writeFile(config, JSON.stringify(await configOf(port, to), null, 2));
  return await RunningServer.start({
    name: 'collector',
    folder,
    port,
    url: `http://${host}:${port}`,
    command,
    args: ['--config', `file:${config}`],
    ...(share === undefined ? {} : { env: { TRACE_SHARE: String(share) } }),
    remedy: `rm ${command}`,
    answers: async (candidate) => !(await isFree(candidate)),
  });
};

interface Shipped {
  readonly processors: { readonly tail_sampling: object; readonly [name: string]: object };
  readonly service: { readonly pipelines: Readonly<Record<string, { readonly processors: readonly string[] }>> };
}

const configOf = async (port: number, to: string): Promise<object> => {
  const { processors, service } = parse(await readFile(shipped, 'utf8')) as Shipped;
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `${host}:${port}` } } } },
    processors: { ...processors, tail_sampling: { ...processors.tail_sampling, decision_wait: '1s' } },
    exporters: {
      otlp_http: { endpoint: to, encoding: 'json', compression: 'none', sending_queue: { enabled: false } },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: Object.fromEntries(
        Object.entries(service.pipelines).map(([name, { processors: its }]) => [
          name,
          { receivers: ['otlp'], processors: its, exporters: ['otlp_http'] },
        ]),
      ),
    },
  };
};

/** Built once per set of sources; takes minutes the first time. */
const built = async (): Promise<string> => {
  const sources = await Promise.all(['go.mod', 'go.sum', 'main.go'].map((file) => readFile(join(module, file))));
  const name = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay');
  const program = join(folder, `collector-${name}`);
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  await withLock(`${program}.lock`, longestBuildMs, async () => {
    if (!existsSync(program)) await build(program);
  });
  return program;
};

const build = async (program: string): Promise<void> => {
  process.stderr.write('Building the OpenTelemetry Collector (minutes, once)\n');
  const half = `${program}.half`;
  await rm(half, { force: true });
  try {
    await run('go', ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', half, '.'], {
      cwd: module,
      env: { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' },
      timeout: longestBuildMs,
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT')
      throw unstarted({ name: 'collector', command: 'go', remedy: 'install Go 1.26 or newer' }, error);
    throw new ServiceError(
      'service-failed',
      `Go could not build the collector: ${stderr?.trim().split('\n').at(-1) ?? 'it does not say why'}: ` +
        'see that it reaches a module proxy',
      { cause: error },
    );
  }
  await rename(half, program);
};
