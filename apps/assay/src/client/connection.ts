import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { clientSettings } from '../settings.ts';
import { failuresTo, homeOf, shownPath, telemetryOf, type Shell } from '../shell.ts';
import type { DataFolder, Endpoint } from '../suite/data.ts';
import { Failure } from '../terminal/failure.ts';
import { Api } from './api.ts';
import { trust } from './trust.ts';

export interface ApiConnection {
  readonly api: Api;
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

const to = (endpoint: Endpoint, isElsewhere = false): ApiConnection => ({
  api: new Api(endpoint.url, endpoint.token, isElsewhere),
  endpoint,
  close: () => Promise.resolve(),
});

const answerMs = 2_000;
const startMs = 5_000;

/** Reads the endpoint file. It may come from the folder that this folder is a copy of. */
const written = async (data: DataFolder): Promise<Endpoint | undefined> => {
  try {
    return JSON.parse(await readFile(data.endpoint, 'utf8')) as Endpoint;
  } catch {
    return undefined;
  }
};

/** A suite in other processes has no log in its folder, and names none. */
const isOf = ({ log }: Endpoint, data: DataFolder): boolean => log === data.identity();

/**
 * Returns the original folder if this folder is a copy: the suite in its endpoint file is not its own. Sends no
 * request.
 */
export const copiedFrom = async (data: DataFolder): Promise<string | undefined> => {
  const endpoint = await written(data);
  return endpoint?.log === undefined || isOf(endpoint, data) ? undefined : endpoint.data;
};

/**
 * Returns the suite that runs on this data. An endpoint file may be left over from a killed suite, or come with a copy.
 * So the address must answer the id of the run before the token is sent to it.
 */
export const runningSuite = async (data: DataFolder): Promise<Endpoint | undefined> => {
  try {
    const endpoint = await written(data);
    if (!endpoint || !isOf(endpoint, data)) return undefined;
    if (endpoint.ca) trust(endpoint.ca);
    const response = await fetch(`${endpoint.url}/healthz`, { signal: AbortSignal.timeout(answerMs) });
    const { id } = (await response.json()) as { id?: string };
    return id === endpoint.id ? endpoint : undefined;
  } catch (error) {
    // This Node cannot trust it: that it does not run would be another thing.
    if (error instanceof Failure) throw error;
    return undefined;
  }
};

/**
 * Lets a command work on the log in a folder by itself. Beside the address of a suite that has its log elsewhere, that
 * would be a log which the suite never sees.
 *
 * @throws Failure `no-suite`
 */
export const requireOwnLog = async (shell: Shell, data: DataFolder): Promise<void> => {
  if (!existsSync(data.endpoint)) return;
  const endpoint = await written(data);
  if (endpoint?.log !== undefined && existsSync(data.log)) return;
  const [folder, file] = [shownPath(shell, data.path), shownPath(shell, data.endpoint)];
  const [message, remedy] = existsSync(data.log)
    ? [
        `${folder} has a log of its own and the address of a suite that does not use it`,
        `move log.db away to reach that suite, or ${file} to work on the log`,
      ]
    : [
        `the suite of ${folder}${endpoint ? ` at ${endpoint.url}` : ''} does not answer`,
        `start it again; if it is gone, remove ${file}, or give another --data folder`,
      ];
  throw new Failure('no-suite', message, remedy);
};

/**
 * Returns the suite at `ASSAY_URL`, behind its ingress, with the token of its API. A data folder given to the command
 * takes precedence.
 */
const remoteSuite = ({ env }: Shell, data: DataFolder): Endpoint | undefined => {
  const { url, token } = clientSettings.read(env);
  if (!url || data.isGiven) return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new Failure(
      'usage',
      `ASSAY_URL ${url} is not a web address`,
      "give http(s)://host[:port] of the suite's ingress",
    );
  return { id: '', url: url.replace(/\/+$/, ''), token, pid: 0, registries: [] };
};

export const connectToRunning = async (shell: Shell, data: DataFolder, otherwise: string): Promise<ApiConnection> => {
  const remote = remoteSuite(shell, data);
  if (remote) return to(remote, true);
  const endpoint = await runningSuite(data);
  if (!endpoint) {
    const original = await copiedFrom(data);
    const why =
      original === undefined
        ? ''
        : `: it is a copy, and its address is that of the suite of ${shownPath(shell, original)}`;
    throw new Failure(
      'no-suite',
      `no suite is running on ${shownPath(shell, data.path)}${why}`,
      `set ASSAY_URL, or ${otherwise}`,
    );
  }
  return to(endpoint);
};

/**
 * Connects over HTTP if a suite runs. Otherwise this process opens the stores alone for the duration of the command.
 */
export const connect = async (shell: Shell, data: DataFolder): Promise<ApiConnection> => {
  const remote = remoteSuite(shell, data);
  if (remote) return to(remote, true);
  for (const until = performance.now() + startMs; ;) {
    const endpoint = await runningSuite(data);
    if (endpoint) return to(endpoint);
    try {
      return await opened(shell, data);
    } catch (error) {
      // A suite that has locked the data but does not answer is starting or stopping.
      if ((error as { code?: unknown }).code !== 'data-in-use' || performance.now() > until) throw error;
      await pause(100);
    }
  }
};

const opened = async (shell: Shell, data: DataFolder): Promise<ApiConnection> => {
  if (!existsSync(data.log))
    throw new Failure(
      'no-suite',
      `${shownPath(shell, data.path)} has no data yet`,
      'set ASSAY_URL to ask a suite elsewhere; the package assay-suite has `assay demo` and `assay up` for one ' +
        'here; or give another --data folder',
    );
  const { Suite } = await import('../suite/suite.ts');
  const telemetry = await telemetryOf({ ...shell, env: {} });
  const suite = await Suite.startReaders({
    data,
    home: homeOf(shell),
    env: shell.env,
    telemetry,
    progress: shell.terminal.progress,
    failed: failuresTo(shell),
  });
  return {
    api: new Api(suite.endpoint.url, suite.endpoint.token),
    endpoint: suite.endpoint,
    close: async () => {
      await suite.close();
      await telemetry.shutdown();
    },
  };
};

/** Connects, runs the callback, and always closes the connection. */
export const withApi = async <T>(shell: Shell, data: DataFolder, use: (api: Api) => Promise<T>): Promise<T> => {
  const connection = await connect(shell, data);
  try {
    return await use(connection.api);
  } finally {
    await connection.close();
  }
};
