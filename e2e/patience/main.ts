import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { localSubscription } from '../../apps/assay/dist/suite/local.js';
import { FakeRegistry } from '../../libs/registry/test/fake-registry.ts';
import { goodImage, held, ociManifest } from '../hostile/making/image.ts';
import { SuiteProcess } from '../hostile/scene/suite-process.ts';
import { home } from '../home.ts';

type Answer = Parameters<FakeRegistry['answer']>[1];

/** A registry in trouble, which at some time is over. */
interface Troubled {
  readonly name: string;
  readonly description: string;
  readonly minutes: number;
  readonly images: number;
  /** The number of images in trouble, from the first on; all if absent. */
  readonly broken?: number;
  /** Handles a request while the registry is in trouble; to work normally, it delegates to `serve`. */
  readonly answers: (registry: FakeRegistry) => Answer;
}

interface Pushed {
  readonly name: string;
  readonly digest: string;
  readonly repository: string;
  readonly at: number;
  /** Time from which on nothing prevents the scan, in ms since the epoch. */
  readonly wellAt: number;
  /** The statuses that were shown, in order. */
  readonly shown: string[];
  assessedAt?: number;
}

const minutesIn = (text: string): number => {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 60) return minutes;
  throw new InvalidArgumentError('Minutes, up to 60.');
};

const { minutes, throttled } = new Command('npm run test:patience --')
  .description(
    'Registries that are away or throttle for minutes, in real time, beside one that is well: every ' +
      'image is assessed in the end. Prints figures.',
  )
  .option('--minutes <n>', 'how long two registries are away', minutesIn, 10)
  .option('--throttled <n>', 'how long another one throttles', minutesIn, 2)
  .parse()
  .opts<{ minutes: number; throttled: number }>();

const isBlob = (url: string | undefined): boolean => url?.includes('/blobs/') === true;

const registries: readonly Troubled[] = [
  {
    name: 'away',
    description: 'closes every connection',
    minutes,
    images: 10,
    answers: () => (_, response) => response.destroy(),
  },
  {
    name: 'half',
    description: 'gives manifests, and closes the connection of every layer',
    minutes,
    images: 10,
    answers: (registry) => (request, response) =>
      isBlob(request.url) ? response.destroy() : registry.serve(request, response),
  },
  {
    name: 'busy',
    description: 'answers 429 with Retry-After',
    minutes: throttled,
    images: 10,
    answers: () => (_, response) => response.writeHead(429, { 'retry-after': '30' }).end(),
  },
  {
    name: 'part',
    description: 'answers 500 about four of its images',
    minutes,
    images: 12,
    broken: 4,
    answers: (registry) => (request, response) =>
      /app-[0-3]\//.test(request.url ?? '') ? response.writeHead(500).end() : registry.serve(request, response),
  },
  {
    name: 'well',
    description: 'is well all the time',
    minutes: 0,
    images: 20,
    answers: (registry) => (request, response) => registry.serve(request, response),
  },
];

/** Time after the troubles: past a push's deadline, its scan has no priority. */
const graceMs = 12 * 60_000;
const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const folder = await mkdtemp(join(tmpdir(), 'assay-patience-'));
const secret = randomBytes(16).toString('base64url');
const servers = new Map(
  await Promise.all(registries.map(async ({ name }) => [name, await FakeRegistry.start()] as const)),
);
const configured = registries.map(({ name }) => ({
  registryId:
    `/subscriptions/${localSubscription}/resourceGroups/patience/providers/Microsoft.ContainerRegistry` +
    `/registries/${name}`,
  subscriptionId: localSubscription,
  ...servers.get(name)!.access(),
  secret,
}));
const suite = await SuiteProcess.start(folder, {
  ...process.env,
  ASSAY_HOME: home,
  ASSAY_SWEEP_SECONDS: '86400',
  ASSAY_REGISTRIES: JSON.stringify(configured),
});
const began = Date.now();
const requestsIn = new Map<string, number>();

const push = async (name: string, n: number): Promise<Pushed> => {
  const registry = servers.get(name)!;
  const repository = `${name}/app-${n}`;
  const digest = held(registry, await goodImage(`${name} ${n}`));
  const body = {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: { mediaType: ociManifest, digest, repository, tag: 'v1' },
    request: { host: registry.host },
  };
  const answer = await fetch(`${suite.endpoint.url}/ingest/acr`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) throw new Error(`the webhook was answered ${answer.status}`);
  const { minutes: trouble, images, broken = images } = registries.find((each) => each.name === name)!;
  const at = Date.now();
  return { name, digest, repository, at, wellAt: n < broken ? Math.max(at, began + trouble * 60_000) : at, shown: [] };
};

const look = async (pushed: Pushed): Promise<void> => {
  const { placements } = await suite
    .get<{ placements: { repository: string; status: string; reason?: string }[] }>(
      `/assay/images/${encodeURIComponent(pushed.digest)}`,
    )
    .catch(() => ({ placements: [] }));
  const found = placements.find(({ repository }) => repository === pushed.repository);
  if (!found) return;
  const shown = found.reason === undefined ? found.status : `${found.status}/${found.reason}`;
  if (pushed.shown.at(-1) !== shown) pushed.shown.push(shown);
  if (found.status === 'healthy' || found.status === 'unhealthy') pushed.assessedAt ??= Date.now();
};

const all: Pushed[] = [];
try {
  for (const { name, answers, minutes: trouble } of registries) {
    const registry = servers.get(name)!;
    registry.answer('*', answers(registry));
    if (trouble > 0)
      setTimeout(() => {
        requestsIn.set(name, registry.requests.length);
        registry.answer('*', (request, response) => registry.serve(request, response));
        print(`${seconds(Date.now() - began)}: ${name} is well again`);
      }, trouble * 60_000);
  }
  // Pushes come over the first half of the trouble.
  const planned = registries
    .flatMap(({ name, images, minutes: trouble }) =>
      Array.from({ length: images }, (_, n) => ({ name, n, at: (Math.max(trouble, 1) * 60_000 * n) / images / 2 })),
    )
    .toSorted((a, b) => a.at - b.at);
  const until = began + Math.max(...registries.map(({ minutes: trouble }) => trouble)) * 60_000 + graceMs;
  while (Date.now() < until && (planned.length > 0 || all.some(({ assessedAt }) => assessedAt === undefined))) {
    for (; planned[0] !== undefined && began + planned[0].at <= Date.now(); planned.shift())
      all.push(await push(planned[0].name, planned[0].n));
    await Promise.all(all.filter(({ assessedAt }) => assessedAt === undefined).map(look));
    await pause(500);
  }
  const { value: services } = await suite.get<{ value: { name: string; notes: string[] }[] }>('/assay/services');
  const { totals } = await suite.get<{ totals: readonly { charges: number }[] }>('/assay/charges');
  for (const { name, description, minutes: trouble } of registries) {
    const mine = all.filter((each) => each.name === name);
    const done = mine.filter(({ assessedAt }) => assessedAt !== undefined);
    const waits = done.map(({ assessedAt, wellAt }) => assessedAt! - wellAt).toSorted((a, b) => a - b);
    print(
      `${name.padEnd(5)} ${description}${trouble > 0 ? ` for ${trouble} min` : ''}: ${mine.length} pushed, ` +
        `${done.length} assessed; after that, or its push, within ${seconds(waits.at(-1) ?? 0)} (median ` +
        `${seconds(waits[Math.floor(waits.length / 2)] ?? 0)}); asked ` +
        `${requestsIn.get(name) ?? servers.get(name)!.requests.length} times meanwhile; shown as ` +
        `${[...new Set(mine.map(({ shown }) => shown.join(' > ')))].join(' | ')}`,
    );
  }
  print(
    `charges: ${totals.reduce((sum, { charges }) => sum + charges, 0)}; notes of the services at the end: ${
      services
        .flatMap(({ notes }) => notes)
        .filter((note) => note.includes('pause until'))
        .join('; ') || 'no registry is paused'
    }`,
  );
  const missed = all.filter(({ assessedAt }) => assessedAt === undefined);
  print(
    missed.length === 0
      ? `all ${all.length} images were assessed, in ${seconds(Date.now() - began)}`
      : `${missed.length} of ${all.length} images were not assessed: ` +
          `${missed.map(({ repository, shown }) => `${repository} ${shown.join(' > ')}`).join(', ')}`,
  );
  process.exitCode = missed.length === 0 ? 0 : 1;
} finally {
  await suite.stop();
  await Promise.all([...servers.values()].map((registry) => registry.close()));
  await rm(folder, { recursive: true, force: true });
}
