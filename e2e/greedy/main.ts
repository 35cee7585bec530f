import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { EmbeddedStore, FolderBlobs, silent } from '@assay/event-sourcing';
import { EmbeddedLog } from '@assay/messaging';
import { Front } from '@assay/process';
import { recommendation } from '@assay/recommendation';
import { startTelemetry } from '@assay/telemetry';
import {
  digestOf,
  findingOf,
  planOn,
  registryObserved,
  tell,
  wholeStory,
} from '../../libs/read-model/test/fixtures.ts';
import { quantile } from '../bench/setting.ts';
import { numberFrom } from '../options.ts';
import { unhurried } from '../unhurried.ts';
import { queryGraph, bounded, greedy, modest } from './callers.ts';

interface Options {
  readonly seconds: number;
  readonly callers: number;
  readonly findings: number;
  readonly pushes: number;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The events of an image before it is classified; the service itself emits the rest. */
const pushed = (n: number, findings: number) =>
  wholeStory({
    digest: digestOf(n),
    findings: Array.from({ length: findings }, (_, k) =>
      findingOf({
        vulnerability: `CVE-2026-${1000 + k}`,
        package: `package${k % 50}`,
        description: 'What can be said of it. '.repeat(60),
      }),
    ),
  }).filter(({ topic }) => topic !== 'recommendation.changed' && topic !== 'usage.charged');

const findingsOfAnImage = 300;

/** Answers of one kind, and how long each took. */
class Answers {
  readonly took: number[] = [];
  readonly by = new Map<string, number>();

  constructor(readonly label: string) {}

  async count(request: () => Promise<string>): Promise<void> {
    const began = performance.now();
    const answer = await request().catch((error: unknown) => String(error));
    this.took.push(performance.now() - began);
    this.by.set(answer, (this.by.get(answer) ?? 0) + 1);
  }

  get line(): string {
    const ms = (q: number): string => `${quantile(this.took, q).toFixed(0)} ms`;
    return (
      `${this.label.padEnd(34)} ${String(this.took.length).padStart(5)}   p50 ${ms(0.5)}, p99 ${ms(0.99)}, ` +
      `longest ${ms(1)}   ${[...this.by].map(([answer, times]) => `${times} x ${answer}`).join(', ')}`
    );
  }
}

const main = async ({ seconds, callers, findings, pushes }: Options): Promise<boolean> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-greedy-'));
  const [log, store] = [new EmbeddedLog(join(folder, 'log.db'), 12), new EmbeddedStore(join(folder, 'store.db'))];
  const failures: string[] = [];
  mkdirSync(join(folder, 'service'));
  const running = await recommendation.start({
    log,
    store,
    blobs: new FolderBlobs(join(folder, 'blobs')),
    telemetry: await startTelemetry({ version: 'greedy', env: {} }),
    env: { ASSAY_API_TOKEN: 'greedy', ASSAY_QUERY_QUOTA: '100000', ...unhurried },
    observer: {
      ...silent,
      failed: (_, activity, error) => {
        failures.push(`${activity}: ${String(error).split('\n')[0]}`);
      },
    },
    folder: join(folder, 'service'),
    home: folder,
    progress: () => undefined,
    fatal: (error) => {
      failures.push(`THE END: ${String(error)}`);
    },
  });
  const front = new Front('greedy');
  const url = await front.listen(0);
  await front.mount(recommendation, running);
  front.open();
  const request = async (
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: 'Bearer greedy', 'content-type': 'application/json', ...init.headers },
    });
    return { status: answer.status, body: await answer.json() };
  };
  const query = (text: string): Promise<string> => queryGraph({ url, token: 'greedy' }, text);

  await tell(log, registryObserved(), planOn());
  let n = 0;
  for (; n * findingsOfAnImage < findings;) await tell(log, ...pushed((n += 1), findingsOfAnImage));
  for (;;) {
    const { status, body } = await request(`/assay/images/${digestOf(n)}`);
    if (status === 200 && body.placements[0].status === 'unhealthy') break;
    await pause(50);
  }
  print(
    `${n} images with ${n * findingsOfAnImage} findings; ${callers} greedy callers for ${seconds} s, ` +
      `${pushes} pushes a second`,
  );

  const answers = {
    greedy: new Answers('greedy queries'),
    modest: new Answers('queries of somebody else'),
    rest: new Answers('REST'),
    gate: new Answers('gate, behind each push'),
    alive: new Answers('/healthz'),
  };
  const until = performance.now() + seconds * 1000;
  const goesOn = (): boolean => performance.now() < until && !failures.some((failure) => failure.startsWith('THE END'));
  const first = n;
  let most = 0;
  const keepCalling = (count: number, one: (nth: number) => Promise<void>): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, async (_, at) => {
        for (let nth = at; goesOn(); nth += 1) await one(nth);
      }),
    );
  const gates: Promise<void>[] = [];
  await Promise.all([
    keepCalling(callers, (nth) => answers.greedy.count(() => query(greedy[nth % greedy.length]!))),
    keepCalling(1, async () => {
      await answers.modest.count(() => query(modest));
      await pause(500);
    }),
    keepCalling(1, async (nth) => {
      await answers.rest.count(async () =>
        String((await request(`/assay/images/${digestOf(1 + (nth % first))}/findings`)).status),
      );
      await answers.alive.count(async () => String((await request('/healthz')).status));
      await pause(50);
    }),
    keepCalling(1, async () => {
      const digest = digestOf((n += 1));
      await tell(log, ...pushed(n, findingsOfAnImage));
      gates.push(
        answers.gate.count(async () => {
          const { status, body } = await request(`/assay/images/${digest}/gate`, { headers: { prefer: 'wait=45' } });
          return `${status} ${body.decision ?? body.error?.code}`;
        }),
      );
      most = Math.max(most, residentMb());
      await pause(1000 / pushes);
    }),
  ]);
  await Promise.all(gates);

  const missing: number[] = [];
  for (let image = 1; image <= n; image += 1) {
    const { body } = await request(`/assay/images/${digestOf(image)}`);
    if (body.placements?.[0]?.status !== 'unhealthy') missing.push(image);
  }
  for (const one of Object.values(answers)) print(one.line);
  print(
    `pushes ${n - first}, lost ${missing.length}; failures ` +
      `${failures.length}${failures.length > 0 ? `: ${[...new Set(failures)].slice(0, 5).join(' | ')}` : ''}; ` +
      `memory of the service at most ${most} MB`,
  );
  await front.close();
  await running.close();
  await log.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  const only = ({ by }: Answers, pattern: RegExp): boolean => [...by.keys()].every((answer) => pattern.test(answer));
  return (
    failures.length === 0 &&
    missing.length === 0 &&
    only(answers.greedy, bounded) &&
    only(answers.modest, /^200$/) &&
    only(answers.rest, /^200$/) &&
    only(answers.gate, /^200 deny$/) &&
    only(answers.alive, /^200$/)
  );
};

const residentMb = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]) >> 10;

await new Command('greedy')
  .description(
    'Asks the recommendation service for more than it can answer while images are pushed; nobody else may notice.',
  )
  .option('--seconds <number>', 'for how long', numberFrom(1, 3600), 60)
  .option('--callers <number>', 'greedy callers at once', numberFrom(1, 100, true), 3)
  .option('--findings <number>', 'that are there before', numberFrom(300, 10_000_000, true), 24_000)
  .option('--pushes <number>', 'a second', numberFrom(0.1, 100), 4)
  .action(async (options: Options) => {
    const held = await main(options);
    print(held ? 'held' : 'NOT HELD');
    process.exit(held ? 0 : 1);
  })
  .parseAsync();
