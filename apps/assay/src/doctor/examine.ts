import { execFile } from 'node:child_process';
import { access, constants, statfs } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { openWitness, scannerFor, type Sandbox, type ScannerRegistration } from '@assay/sandbox-runner';
import { Api } from '../client/api.ts';
import type { StandingAnswer } from '../client/answers.ts';
import { copiedFrom, runningSuite } from '../client/connection.ts';
import { agingLines, announcedDatabase, isAboutClock } from '../client/notices.ts';
import { unreadLines, unreadSystems } from '../client/unread-systems.ts';
import { clientSettings } from '../settings.ts';
import type { DataFolder } from '../suite/data.ts';
import { haltedLine, haltedRemedy, standingText, unwell } from '../terminal/standings.ts';
import { remedyOf } from '../terminal/failure.ts';
import { ageText, minuteOf } from '../terminal/format.ts';
import { besideAnnounced, failed, type Check, type Examination } from './check.ts';
import { sandboxChecks } from './sandbox.ts';
import { sealChecks, sealChecksOf } from './seals.ts';
import { serverChecks } from './servers.ts';
import { discoveryChecks, removedChecks, sweepChecks } from './sweeps.ts';

export interface Examined {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly data: DataFolder;
}

const run = promisify(execFile);
const toolMs = 10_000;

const answerOf = (program: string, args: readonly string[]): Promise<string | undefined> =>
  run(program, args, { timeout: toolMs }).then(
    ({ stdout }) => stdout.trim().split('\n')[0],
    () => undefined,
  );

/** Checks everything that a scan needs. Downloads nothing. */
export const examine = async (examined: Examined): Promise<Examination> => {
  const registration = scannerFor(examined.env);
  const [node, pip, go, bubblewrap, folder, memory, [suite, services], servers] = await Promise.all([
    nodeCheck(),
    pipCheck(registration),
    goCheck(registration),
    bubblewrapCheck(),
    folderCheck(examined),
    memoryCheck(examined),
    suiteChecks(examined),
    serverChecks(examined.env),
  ]);
  const { sandbox, check: sandboxed, walls } = await sandboxChecks(examined.env);
  const scanner = sandbox
    ? await scannerChecks(examined, registration, sandbox, pip.state === 'good')
    : [
        {
          name: 'scanner',
          state: 'could-be-better',
          found: 'not checked: the scanner runs in a sandbox only',
        } as const,
      ];
  const witness = sandbox ? [await witnessCheck(sandbox, examined)] : [];
  const checks = [
    node,
    sandboxed,
    bubblewrap,
    ...besideAnnounced(scanner, services),
    ...witness,
    pip,
    go,
    folder,
    memory,
    ...servers,
    suite,
    ...services,
  ];
  const canScan = [node, sandboxed, ...scanner, ...witness, folder, ...servers].every(({ state }) => state !== 'bad');
  return {
    canScan,
    unwell: [
      ...new Set(
        services.flatMap(({ details }) => (details as { unwell?: readonly string[] } | undefined)?.unwell ?? []),
      ),
    ],
    checks,
    walls,
  };
};

/** Checks that the second witness of each image runs in the sandbox. */
const witnessCheck = (sandbox: Sandbox, { home }: Examined): Promise<Check> =>
  openWitness(sandbox, home).then(
    ({ version }) => ({
      name: 'witness',
      state: 'good',
      found: `${version}, looks into each image beside the scanner`,
    }),
    (error: unknown) => failed('witness', error),
  );

const nodeCheck = (): Promise<Check> =>
  Promise.resolve(
    Number(process.versions.node.split('.')[0]) >= 24
      ? { name: 'node', state: 'good', found: process.versions.node }
      : {
          name: 'node',
          state: 'bad',
          found: process.versions.node,
          remedies: ['Assay needs Node 24 or newer; `npm ci` in its folder installs one, and `npx assay` uses it'],
        },
  );

const pipCheck = async ({ title, settings }: ScannerRegistration): Promise<Check> => {
  const found = await answerOf('python3', ['-m', 'pip', '--version']);
  if (found) return { name: 'python, pip', state: 'good', found: found.replace(/ from .*(\(python .*\))$/, ' $1') };
  const python = await answerOf('python3', ['--version']);
  return {
    name: 'python, pip',
    state: 'could-be-better',
    found: python ? `${python} without pip` : 'no python3',
    remedies: [
      `only needed to download a ${title}: apt-get install python3-pip, or set ${settings.program} to a ${title} ` +
        'of your own',
    ],
  };
};

const goCheck = async ({ title }: ScannerRegistration): Promise<Check> => {
  const found = await answerOf('go', ['version']);
  return found
    ? { name: 'go', state: 'good', found: found.replace(/^go version /, '') }
    : {
        name: 'go',
        state: 'good',
        found: `none; only needed to build a current ${title} (\`assay scanner install\`)`,
      };
};

const bubblewrapCheck = async (): Promise<Check> => {
  const found = await answerOf('bwrap', ['--version']);
  return found
    ? { name: 'bubblewrap', state: 'good', found }
    : {
        name: 'bubblewrap',
        state: 'could-be-better',
        found: 'none; util-linux and perl build the sandbox instead',
        remedies: ['apt-get install bubblewrap saves about 70 ms a scan'],
      };
};

const scannerChecks = async (
  { env, home }: Examined,
  registration: ScannerRegistration,
  sandbox: Sandbox,
  hasPip: boolean,
): Promise<readonly Check[]> => {
  try {
    const opened = await registration.open({
      env: env as NodeJS.ProcessEnv,
      dataDirectory: home,
      sandbox,
      fetch: false,
    });
    const { name, version, digest, path, source, database, advice, outdated } = opened.describe(sandbox, new Date());
    const age = database.ageDays === 0 ? 'built today' : `${database.ageDays} days old`;
    const isAboutDatabase = (text: string): boolean => /database/.test(text);
    const isOld = !database.demonstration && database.ageDays > 7;
    const ofDatabase = advice.filter(isAboutDatabase);
    const ofScanner = [
      ...(outdated === undefined ? [] : [outdated]),
      ...advice.filter((text) => !isAboutDatabase(text)),
    ];
    return [
      {
        name: 'scanner',
        state: ofScanner.length > 0 ? 'could-be-better' : 'good',
        found: `${name} ${version} (${source}) at ${path}, ${digest.slice(0, 19)}`,
        remedies: ofScanner,
        details: { name, version, digest, path, source },
      },
      {
        name: 'database',
        state: database.demonstration || isOld || ofDatabase.length > 0 ? 'could-be-better' : 'good',
        found:
          `${database.demonstration ? 'demonstration database' : `database (${database.source})`}, ${age}, ` +
          `${database.digest.slice(0, 19)}`,
        remedies: ofDatabase,
        details: database,
      },
    ];
  } catch (error) {
    const { code } = error as { readonly code?: string };
    const check = failed(String(code).startsWith('database-') ? 'database' : 'scanner', error);
    const fetched = registration.sources.find(({ name }) => name === 'pip');
    const isFetched = hasPip && fetched !== undefined && fetched.architectures?.includes(process.arch) !== false;
    if (code !== 'scanner-missing' || !isFetched) return [check];
    const outdated = registration.outdated(fetched);
    return [
      {
        ...check,
        state: 'could-be-better',
        found: `${check.found}; the first start downloads ${fetched.version} (${fetched.megabytes} MB)`,
        remedies: outdated === undefined ? (check.remedies ?? []) : [outdated],
      },
    ];
  }
};

const folderCheck = async ({ data }: Examined): Promise<Check> => {
  let at = data.path;
  while (!existsSync(at)) at = dirname(at);
  try {
    await access(at, constants.W_OK);
    const { bavail, bsize } = await statfs(at);
    const freeGigabytes = (bavail * bsize) / 2 ** 30;
    const contents = existsSync(data.log) ? '' : ' (empty so far)';
    const found = `${data.path}${contents}, ${freeGigabytes.toFixed(0)} GB free`;
    return freeGigabytes >= 2
      ? { name: 'data', state: 'good', found }
      : {
          name: 'data',
          state: 'could-be-better',
          found,
          remedies: ['make room, or give another --data folder: images are kept while they are scanned'],
        };
  } catch (error) {
    return { ...failed('data', error), remedies: ['give another --data folder with write access'] };
  }
};

/** Checks the memory that the read model would have in a suite on this machine. */
const memoryCheck = async ({ env }: Examined): Promise<Check> => {
  const { viewMemory } = await import('@assay/recommendation');
  try {
    return { name: 'memory', state: 'good', found: viewMemory.read(env).line };
  } catch (error) {
    return failed('memory', error);
  }
};

const remoteMs = 5_000;

const remoteCheck = async (url: string, token: string): Promise<Check> => {
  const less = (found: string, remedy: string): Check => ({
    name: 'suite',
    state: 'could-be-better',
    found: `ASSAY_URL ${url} ${found}`,
    remedies: [remedy],
  });
  try {
    const { ok, status } = await fetch(`${url.replace(/\/+$/, '')}/assay/rules`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(remoteMs),
    });
    if (ok) return { name: 'suite', state: 'good', found: `ASSAY_URL ${url} answers` };
    return less(
      `answers ${status}`,
      status === 401 || status === 403
        ? token === ''
          ? 'set ASSAY_API_TOKEN to a token of this suite'
          : 'ASSAY_API_TOKEN is not a token of this suite'
        : 'check /readyz of its services, and that this is the address of its ingress',
    );
  } catch (error) {
    const { cause, message } = error as Error;
    return less(
      `does not answer (${cause instanceof Error ? cause.message : message})`,
      remedyOf(error) ?? "give http(s)://host[:port] of the suite's ingress",
    );
  }
};

/** Checks the running suite and names its services that do not work. */
const suiteChecks = async (examined: Examined): Promise<readonly [suite: Check, services: readonly Check[]]> => {
  const { env, data } = examined;
  const { url, token } = clientSettings.read(env);
  if (url && !data.isGiven) {
    const suite = await remoteCheck(url, token);
    return [suite, suite.state === 'good' ? await runningChecks(url.replace(/\/+$/, ''), token) : []];
  }
  const endpoint = await runningSuite(data);
  if (!endpoint) {
    const original = await copiedFrom(data);
    return [
      original === undefined
        ? { name: 'suite', state: 'good', found: 'no suite is running on this data; `assay up` starts one' }
        : {
            name: 'suite',
            state: 'could-be-better',
            found: `no suite is running on this data: its folder is a copy of ${original}`,
            remedies: [
              `\`assay up --data ${data.path}\` starts a suite here; --data ${original} reaches the suite of the ` +
                'original folder',
            ],
          },
      await sealChecksOf(examined),
    ];
  }
  return [
    { name: 'suite', state: 'good', found: `running at ${endpoint.url} (process ${endpoint.pid})` },
    await runningChecks(endpoint.url, endpoint.token),
  ];
};

/**
 * Checks the state of a running suite. Callers without the right to read standstills or parked events get no check of
 * them.
 */
const runningChecks = async (url: string, token: string): Promise<readonly Check[]> => {
  const api = new Api(url, token);
  const [halted, parked] = await Promise.all([api.halted().catch(() => []), api.parked().catch(() => [])]);
  const still = haltedLine(halted);
  const services = [...new Set(halted.map(({ service }) => service))];
  const check = await servicesCheck(api, services);
  const { standings = [] } = (check.details ?? {}) as { readonly standings?: readonly StandingAnswer[] };
  return [
    check,
    ...(await announcedChecks(api, standings)),
    ...(await systemsChecks(api)),
    ...(await sweepChecks(api)),
    ...(await removedChecks(api)),
    ...(await discoveryChecks(api)),
    ...(await sealChecks(api)),
    ...(still === undefined
      ? []
      : [
          {
            name: 'log',
            state: 'bad',
            found: still,
            remedies: [haltedRemedy],
            details: { halted: halted.map(({ target }) => target), unwell: services },
          } as const,
        ]),
    ...(parked.length === 0
      ? []
      : [
          {
            name: 'parked',
            state: 'could-be-better',
            found:
              parked.length === 1
                ? '1 event is parked: its image is shown as undetermined'
                : `${parked.length} events are parked: their images are shown as undetermined`,
            remedies: ['`assay parked` shows the reason'],
            details: { parked: parked.map(({ target }) => target) },
          } as const,
        ]),
  ];
};

/** Checks the age of the database that the suite announced, and whether a newer one can be taken. */
const announcedChecks = async (api: Api, standings: readonly StandingAnswer[]): Promise<readonly Check[]> => {
  const { database, freshness } = await announcedDatabase(api);
  const lines = agingLines(standings, freshness);
  const age =
    database && freshness?.ageSeconds !== undefined
      ? `of ${minuteOf(database.builtAt)}, ${ageText(freshness.ageSeconds * 1000)} old`
      : undefined;
  if (lines.length === 0 && age === undefined) return [];
  return [
    {
      name: 'announced',
      state: lines.some((line) => line.startsWith('alarm: ')) ? 'bad' : lines.length > 0 ? 'could-be-better' : 'good',
      found: lines.length > 0 ? lines.join('; ') : `vulnerability database ${age}`,
      remedies: lines.every(isAboutClock)
        ? []
        : [
            '`assay database update` tries it now, `assay database import` takes an archive, and ' +
              'ASSAY_DATABASE_SOURCES names another mirror',
          ],
      details: { ...database, ...freshness },
    },
  ];
};

/** Checks that the scanner of the suite reads the systems of all images. */
const systemsChecks = async (api: Api): Promise<readonly Check[]> => {
  const builds = await unreadSystems(api);
  return unreadLines(builds).map((found, at) => ({
    name: 'systems',
    state: 'could-be-better',
    found,
    details: { systems: builds[at]?.unread },
  }));
};

/** @param halted services with partitions at a standstill, which does not end by waiting */
const servicesCheck = async (api: Api, halted: readonly string[]): Promise<Check> => {
  try {
    const standings = await api.services();
    const [bad, unknown] = [unwell(standings), standings.filter(({ status }) => status === 'unknown')];
    const details = { standings, unwell: bad.map(({ name }) => name) };
    if (bad.length > 0)
      return {
        name: 'services',
        state: 'bad',
        found: bad.map(standingText).join('; '),
        remedies: bad.every(({ name }) => halted.includes(name))
          ? []
          : [
              'waiting work continues once the service runs again: see its log, and docs/operations.md, "When ' +
                'something is away"',
            ],
        details,
      };
    if (unknown.length > 0)
      return {
        name: 'services',
        state: 'could-be-better',
        found: unknown.map(standingText).join('; '),
        remedies: ['set ASSAY_SERVICES for recommendation, so that it checks all services'],
        details,
      };
    return { name: 'services', state: 'good', found: `all ${standings.length} are ready`, details };
  } catch (error) {
    const { message } = error as Error;
    return {
      name: 'services',
      state: 'could-be-better',
      found: `the state of the services could not be read: ${message}`,
      remedies: ['recommendation answers it (`/assay/services`) to callers with the right services/read'],
      details: { standings: [], unwell: [] },
    };
  }
};
