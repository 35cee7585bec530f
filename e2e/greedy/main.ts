import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { TestIssuer } from '../../libs/http/test/issuer.ts';
import { digestOf, registryId, subscriptionId } from '../../libs/read-model/test/fixtures.ts';
import { estate as readModel } from '../bench/estate.ts';
import { quantile } from '../bench/setting.ts';
import { numberFrom } from '../options.ts';
import { ask, type GreedyAnswer } from './ask.ts';
import type { GreedyAttack, Manner } from './load.ts';
import { attacked, AttackedProcess } from './processes.ts';
import { requestsOf, type Request } from './routes.ts';
import { estate, images, largest, nextLargest, ordinary, parked, pushed } from './world.ts';

interface Options {
  readonly seconds: number;
  readonly turns: number;
  readonly findings: number;
  readonly pushes: number;
  readonly mutant?: string;
}

/** The pod of recommendation (charts/assay/values.yaml), MB: half is for V8, and a fifth for the read model. */
const podMb = 2304;
/** Limits of ADR 24, MB: of the service, and of a process of queries, which may pass 800 between two looks. */
const [ownMb, childMb] = [700, 900];
const ofGroup = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}';
/** The gate may take ten times as long as alone, or so long, ms. */
const gateMs = 250;
const everyMs = 100;
/** An answer that takes longer is none, ms. */
const patienceMs = 180_000;

/** The greedy callers: the manner, how many callers there are, and the requests of each at once. */
const crowd: readonly (readonly [Manner | 'largest', callers: number, lines: number])[] = [
  ['repeats', 4, 8],
  ['does not read', 6, 10],
  ['hangs up', 3, 8],
  ['largest', 3, 2],
];

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const ms = (took: readonly number[], q: number): string => `${quantile(took, q).toFixed(0)}`.padStart(6);
const tally = (values: readonly (string | number)[]): string =>
  [...Map.groupBy(values, (each) => each)].map(([value, all]) => `${all.length} x ${value}`).join(', ');

/** One line of the table: number, p50 and p95 in ms, the largest answer in MB, statuses. */
const row = (label: string, answers: readonly GreedyAnswer[]): string => {
  const took = answers.map((answer) => answer.ms);
  const mb = Math.max(0, ...answers.map(({ bytes }) => bytes)) / 2 ** 20;
  return (
    `${String(answers.length).padStart(6)} ${ms(took, 0.5)} ${ms(took, 0.95)} ${mb.toFixed(1).padStart(6)}  ` +
    `${label}   ${tally(answers.map(({ status }) => status))}`
  );
};

class Run {
  readonly wrong = new Map<string, number>();
  readonly answers: GreedyAnswer[] = [];
  readonly #tokens = new Map<string, string>();
  #requests: readonly Request[] = [];
  #last = images;

  constructor(
    private readonly options: Options,
    private readonly issuer: TestIssuer,
    private readonly service: AttackedProcess,
    private readonly others: AttackedProcess,
  ) {}

  async go(): Promise<void> {
    const { seconds, turns } = this.options;
    await this.#prepare();
    await this.#eachAlone();
    const quiet = await this.#gate((seconds / turns / 2) * 1000);
    const p95: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) p95.push(await this.#turn((seconds / turns) * 1000));
    await this.#after();
    this.#table();
    const during = quantile(p95, 0.5);
    this.#check(
      during > Math.max(gateMs, 10 * quiet),
      `the gate takes ${during.toFixed(0)} ms, and ${quiet.toFixed(0)} alone`,
    );
  }

  #check(isWrong: boolean, what: string): void {
    if (isWrong) this.wrong.set(what, (this.wrong.get(what) ?? 0) + 1);
  }

  async #caller(name: string): Promise<{ readonly name: string; readonly token: string }> {
    const token =
      this.#tokens.get(name) ??
      (await this.issuer.token({ sub: name, groups: 'callers', exp: Math.floor(Date.now() / 1000) + 7_200 }));
    this.#tokens.set(name, token);
    return { name, token };
  }

  async #ask(name: string, request: Request, more = {}): Promise<GreedyAnswer & { readonly text: string }> {
    const answer = await ask(request, await this.#caller(name), AbortSignal.timeout(patienceMs), more);
    // The others would wait in the same line.
    if (!answer) throw new Error(`${name} has no answer: ${request.name}`);
    if (answer.fault !== undefined) this.#check(true, answer.fault);
    return answer;
  }

  #named(start: string): Request {
    const found = this.#requests.find(({ name }) => name === start || name.startsWith(`${start} `));
    if (!found) throw new Error(`the run sends no ${start}`);
    return found;
  }

  /** Things that the requests name, and the requests. */
  async #prepare(): Promise<void> {
    const [own, other] = [await this.service.started, await this.others.started];
    const baseOf = (path: string): string => (other.routes.some((each) => each.test(path)) ? other.url : own.url);
    const operator = await this.#caller('operator');
    const call = async (method: string, path: string, body?: object): Promise<any> => {
      for (const until = performance.now() + patienceMs; ; await pause(100)) {
        const answer = await fetch(`${baseOf(path)}${path}`, {
          method,
          headers: { authorization: `Bearer ${operator.token}`, 'content-type': 'application/json' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const content = (await answer.json()) as any;
        if (answer.ok && content.decision !== 'unknown') return content;
        if (performance.now() > until) throw new Error(`${method} ${path}: ${JSON.stringify(content)}`);
      }
    };
    for (const n of [1, 2, 3, images]) await call('GET', `/assay/images/${digestOf(n)}/gate`);
    const [subscription, group] = [`/subscriptions/${subscriptionId}`, registryId.split('/providers/', 1)[0]!];
    await call('PUT', '/assay/rules/quiet', { scope: subscription, criteria: { cvssBelow: 0.1 }, reason: 'a trial' });
    const written = '00000000-0000-4000-8000-00000000000a';
    for (const scope of [subscription, group])
      await call('PUT', `${scope}/providers/Microsoft.Security/assessments/${written}?api-version=2020-01-01`, {
        properties: {
          displayName: 'Written',
          status: { code: 'Healthy' },
          resourceDetails: { source: 'Azure' },
        },
      });
    const key = 'dbd0cb49-b563-45e7-9724-889e799fa648';
    const security = 'providers/Microsoft.Security';
    const { value } = await call(
      'GET',
      `${registryId}/${security}/assessments/${key}/subAssessments?api-version=2019-01-01-preview`,
    );
    const [, , , , resourceGroup = '', , provider = '', resourceType = '', resource = ''] = registryId.split('/');
    this.#requests = requestsOf(
      {
        ...parked,
        subscriptionId,
        resourceGroup,
        provider,
        namespace: provider,
        resourceType,
        resource,
        registry: resource,
        managementGroup: 'all',
        assessmentName: key,
        subAssessmentName: value[0].name,
        name: key,
        [`/subscriptions/{subscriptionId}/${security}/assessments/{assessmentName} assessmentName`]: written,
        [`${ofGroup}/${security}/assessments/{assessmentName} assessmentName`]: written,
        [`/subscriptions/{subscriptionId}/${security}/pricings/{name} name`]: 'ContainerRegistry',
        digest: ordinary,
        largest,
        nextLargest,
        id: 'CVE-2026-1037',
        rule: 'quiet',
        day: '2026-11-24',
        asset: 'swagger-ui.css',
        page: 'images',
        subject: ordinary,
        part: 'findings',
        file: readdirSync(new URL('../../apps/portal/dist/assets', import.meta.url)).find((each) =>
          each.endsWith('.js'),
        )!,
      },
      baseOf,
    );
  }

  /** Each request must have an answer as documented while no other is sent: it names what there is. */
  async #eachAlone(): Promise<void> {
    print(`${this.#requests.length} requests, each alone:`);
    for (const request of this.#requests.filter(({ isEndless }) => !isEndless)) {
      let answer = await this.#ask('operator', request);
      for (let again = 0; again < 10 && [429, 503].includes(answer.status); again += 1) {
        await pause(1_000);
        answer = await this.#ask('operator', request);
      }
      const isGraph = request.name.includes('ResourceGraph');
      this.#check(
        !isGraph && answer.status !== request.expected,
        `alone ${answer.status} ${answer.text.slice(0, 150)}: ${request.name}`,
      );
      if (answer.ms > 1_000) print(row(request.name, [answer]));
    }
  }

  /**
   * Asks the gate each 100 ms, or as soon as it has answered. A longer answer counts for each 100 ms of its time: a
   * standstill must count for its whole length. The line also shows how much longer all takes because threads of the
   * service wait for a processor: the machine may do other work.
   *
   * @returns p95 in ms
   */
  async #gate(forMs: number): Promise<number> {
    const gate = this.#named('GET /assay/images/{digest}/gate');
    const took: number[] = [];
    const before = this.service.scheduled;
    for (const until = performance.now() + forMs; performance.now() < until;) {
      const answer = await this.#ask('victim', gate);
      this.#check(answer.status !== 200, `gate of another caller: ${answer.status} ${answer.text.slice(0, 150)}`);
      this.answers.push(answer);
      for (let left = answer.ms; left > 0; left -= everyMs) took.push(left);
      await pause(everyMs - answer.ms);
    }
    const { ran, waited } = this.service.scheduled;
    const slowdown = 1 + (waited - before.waited) / (ran - before.ran);
    const p95 = quantile(took, 0.95);
    print(
      `gate of another caller: p95 ${p95.toFixed(0)} ms, on a machine that makes all ${slowdown.toFixed(1)} times as ` +
        'long',
    );
    return p95;
  }

  async #turn(forMs: number): Promise<number> {
    const over = AbortSignal.timeout(forMs);
    const until = async (one: () => Promise<void>): Promise<void> => {
      while (!over.aborted) await one();
    };
    const arm = this.#requests.filter(
      ({ method, url }) => method === 'GET' && /^\/(subscriptions|providers)\//.test(new URL(url).pathname),
    );
    const modest = [
      'GET /assay/images',
      'GET /assay/trends',
      'GET /assay/fixes format=csv',
      'POST /providers/Microsoft.ResourceGraph/resources {"query":"securityresources | where type == ' +
        "'microsoft.security/assessments/subassessments' | summarize count()",
    ].map((start) => this.#requests.find(({ name }) => name.startsWith(start))!);
    const [took, , , answers] = await Promise.all([
      this.#gate(forMs),
      until(async () => {
        this.#last += 1;
        for (const each of [this.service, this.others]) each.append(pushed(this.#last));
        await pause(1000 / this.options.pushes);
      }),
      // Forty at once, and the next forty when all have their answers: never more than 50 in a second.
      until(async () => {
        const answered = await Promise.all([...arm, ...arm].slice(0, 40).map((each) => this.#ask('arm', each)));
        this.answers.push(...answered);
        for (const { status } of answered) this.#check(status === 429, '429 for a modest client of Azure');
        await pause(1_000);
      }),
      attacked(await this.#attack(forMs)),
      ...modest.map((request) =>
        until(async () => {
          const answer = await this.#ask('modest', request);
          this.answers.push(answer);
          this.#check(answer.status !== 200, `a modest caller gets ${answer.status}: ${request.name}`);
          await pause(1_000);
        }),
      ),
    ]);
    this.answers.push(...answers);
    for (const { fault } of answers) if (fault !== undefined) this.#check(true, fault);
    return took;
  }

  async #attack(forMs: number): Promise<GreedyAttack> {
    const ends = this.#requests.filter(({ url }) => !url.includes('/healthz'));
    const reads = ends.filter(({ method }) => method === 'GET');
    const requests = {
      repeats: ends.filter(({ isEndless }) => !isEndless),
      'does not read': reads.filter(({ name }) => /format=|inventory|sets|diff|top=1000|event-stream/.test(name)),
      'hangs up': ends,
      largest: ends.filter(({ name }) => /of the largest|\/diff/.test(name)),
    };
    const callers = crowd.flatMap(([manner, count, lines]) =>
      Array.from({ length: count }, async (_, at) => ({
        ...(await this.#caller(`${manner} ${at}`)),
        manner: manner === 'largest' ? ('repeats' as const) : manner,
        lines,
        requests: requests[manner],
      })),
    );
    return { callers: await Promise.all(callers), ms: forMs };
  }

  /** No push is lost, and each lane has its places again. */
  async #after(): Promise<void> {
    const gate = this.#named('GET /assay/images/{digest}/gate');
    for (let n = images + 1; n <= this.#last; n += 1) {
      const one = { ...gate, url: gate.url.replace(ordinary, digestOf(n)) };
      const answer = await this.#ask('victim', one, { prefer: 'wait=30' });
      this.#check(!answer.text.includes('"deny"'), 'a push is lost');
    }
    for (const lane of new Set(this.service.lanes.values())) {
      const isOf = ({ url }: Request): boolean => this.service.lanes.get(url.replace(/^https?:\/\/[^/]+/, '')) === lane;
      await this.#ask('afterwards', this.#requests.find(isOf)!);
    }
  }

  #table(): void {
    const lanes = Map.groupBy(this.#requests, ({ url }) => {
      const path = url.replace(/^https?:\/\/[^/]+/, '');
      return this.service.lanes.get(path) ?? (path.includes('ResourceGraph') ? 'query' : 'none');
    });
    const byNr = Map.groupBy(this.answers, ({ nr }) => nr);
    print('number    p50    p95     MB  request   statuses');
    for (const [lane, requests] of lanes) {
      print(
        row(
          `ALL OF LANE ${lane}`,
          requests.flatMap(({ nr }) => byNr.get(nr) ?? []),
        ),
      );
      for (const { nr, name } of requests) print(row(name.slice(0, 160), byNr.get(nr) ?? []));
    }
    for (const [caller, all] of Map.groupBy(this.answers, (each) => each.caller.replace(/ \d+$/, '')))
      print(row(`ALL OF ${caller}`, all));
  }

  checkProcesses(): void {
    const { own, child, all } = this.service.most;
    this.#check(own > ownMb, `the service takes ${own} MB`);
    this.#check(child > childMb, `a process of queries takes ${child} MB`);
    this.#check(all > podMb, `the pod takes ${all} MB`);
    for (const each of [this.service, this.others])
      for (const [failure, times] of each.failures) this.wrong.set(failure, times);
    print(
      `memory: the service at most ${own} MB, a process of queries ${child} MB, all ${all} MB; the other services ` +
        `${this.others.most.own} MB\nevent loop: stood still for ${this.service.longestBlockMs.toFixed(0)} ms, ` +
        `of the other services ${this.others.longestBlockMs.toFixed(0)} ms`,
    );
  }
}

const main = async (options: Options): Promise<ReadonlyMap<string, number>> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-greedy-'));
  const issuer = await TestIssuer.start();
  const blobs = join(folder, 'blobs');
  const env = {
    ASSAY_OIDC_ISSUER: issuer.issuer,
    ASSAY_OIDC_AUDIENCE: 'assay',
    ASSAY_ROLES: JSON.stringify(
      ['Security Admin', 'Billing Reader'].map((role) => ({ principal: { groups: 'callers' }, role, scope: '/' })),
    ),
    ASSAY_VIEW_MB: String(Math.floor(podMb / 5)),
  };
  const records = await estate(blobs);
  const own = await readModel(options.findings);
  mkdirSync(join(own, 'recommendation'));
  renameSync(join(own, 'view.duckdb'), join(own, 'recommendation/view.duckdb'));
  const order = { folder: own, blobs, env, ...(options.mutant === undefined ? {} : { mutant: options.mutant }) };
  const service = new AttackedProcess({ ...order, names: ['recommendation'] }, podMb / 2);
  const others = new AttackedProcess({ folder, blobs, env, names: ['ingestion', 'eligibility', 'billing'] }, 768);
  for (const each of [service, others]) each.append(records);
  const run = new Run(options, issuer, service, others);
  await run.go().catch((error: unknown) => run.wrong.set(String((error as Error).stack), 1));
  run.checkProcesses();
  await Promise.all([service.kill(), others.kill(), issuer.close()]);
  rmSync(folder, { recursive: true, force: true });
  return run.wrong;
};

await new Command('greedy')
  .description(
    'Sends every request that reads, from callers that repeat, do not read and hang up, while images are pushed; ' +
      'another caller must not notice.',
  )
  .option('--seconds <number>', 'for how long, in all turns', numberFrom(1, 3600), 60)
  .option('--turns <number>', 'of which the median counts', numberFrom(1, 99, true), 3)
  .option('--findings <number>', 'that are there before', numberFrom(1000, 10_000_000, true), 200_000)
  .option('--pushes <number>', 'a second', numberFrom(0.1, 100), 4)
  .addOption(
    new Option('--mutant <name>', 'plants a mistake, which the run must find').choices(['no-lane', 'kept-slot']),
  )
  .action(async (options: Options) => {
    const wrong = await main(options);
    for (const [what, times] of wrong) print(`WRONG ${times} x ${what}`);
    print(wrong.size === 0 ? 'held' : 'NOT HELD');
    process.exit(wrong.size === 0 ? 0 : 1);
  })
  .parseAsync();
