import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { parseExactly } from '@assay/kusto/exact';
import type {
  ChargesAnswer,
  ClusterAnswer,
  CorrectionAnswer,
  DatabaseAnswer,
  DatabaseOrderAnswer,
  DatabaseOutcome,
  DiscoveryAnswer,
  SealsAnswer,
  HeldDatabaseAnswer,
  OrderProgress,
  RecallViewAnswer,
  DifferenceAnswer,
  JavaDatabaseAnswer,
  ExportAnswer,
  FindingAnswer,
  FixAnswer,
  FixTotals,
  FreshnessAnswer,
  GateAnswer,
  HaltedAnswer,
  KnowledgeAnswer,
  ImageAnswer,
  ImageListAnswer,
  ListingAnswer,
  ListTotals,
  OrderAnswer,
  ParkedAnswer,
  PeriodAnswer,
  PlacementAnswer,
  PlanAnswer,
  QueryAnswer,
  ResumeAnswer,
  RuleAnswer,
  RulePreviewAnswer,
  SearchAnswer,
  ScannerAnswer,
  RunnerAnswer,
  ReportAnswer,
  StandingAnswer,
  RegistryAnswer,
  SweepAnswer,
  TagAnswer,
  TimelineAnswer,
  WhyAnswer,
} from './answers.ts';
import { Failure, NeedsOperator } from '../terminal/failure.ts';
import { QueryFailure } from './query-failure.ts';

/** Query parameters that narrow a list of images. */
export type ImageFilters = Readonly<
  Partial<
    Record<
      'status' | 'severity' | 'fixable' | 'repository' | 'q' | 'children' | 'running' | 'sort' | 'untagged',
      string
    >
  >
>;

/** A tag as a person names it, and the time at which it is looked at. */
export interface TagName {
  readonly repository: string;
  readonly tag: string;
  readonly registry?: string;
  readonly at?: string;
}

interface Page<T> {
  readonly value: readonly T[];
  readonly nextLink?: string;
}

const reportTypes = {
  sarif: 'application/sarif+json',
  cyclonedx: 'application/vnd.cyclonedx+json',
  spdx: 'application/spdx+json',
} as const;
export type ReportFormat = keyof typeof reportTypes;
export const reportFormats = Object.keys(reportTypes);

/** Query of a gate decision. */
export interface GateQuestion {
  readonly digest: string;
  readonly maxSeverity: string;
  readonly onlyFixable: boolean;
  readonly platform: string | undefined;
  readonly repository: string | undefined;
  readonly subscription: string | undefined;
}

/** No server holds an answer back for longer. A server that is silent for longer is gone. */
const longestWaitSeconds = 50;
const graceMs = 10_000;

interface QueryPage {
  readonly totalRecords: number;
  readonly resultTruncated: string;
  readonly $skipToken?: string;
  readonly data: Pick<QueryAnswer, 'columns' | 'rows'>;
}

/** A suite that has just started may still be reading its log. */
const readyTimeoutMs = 15_000;
/** Closing takes longer: all partitions of billing evaluate all their keys. */
const closingMs = 600_000;

const byTime = (a: { readonly chargedFor: string }, b: { readonly chargedFor: string }): number =>
  a.chargedFor < b.chargedFor ? -1 : a.chargedFor > b.chargedFor ? 1 : 0;
/** The header with which an answer to a write names its position in the log. */
const positionHeader = 'x-assay-position';

interface RequestOptions {
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Timeout of one attempt. */
  readonly withinMs?: number;
  /** Retries a service that is not ready for this long. */
  readonly untilMs?: number;
}

/** Client of the suite's public API, for the command line. Each request sees what those before it wrote. */
export class Api {
  /** Position in the log of the last answer that named one. */
  #position: string | undefined;

  /** @param isElsewhere true if ASSAY_URL gave the address, not a data folder */
  constructor(
    readonly url: string,
    private readonly token: string,
    private readonly isElsewhere = false,
  ) {}

  image(digest: string): Promise<ImageAnswer> {
    return this.#json(`/assay/images/${digest}`);
  }

  /** The first images of a list, those with the worst findings first. */
  async worstImages(filters: ImageFilters, top: number): Promise<ImageListAnswer> {
    const query = new URLSearchParams({ ...filters, sort: '-severity', top: String(top) });
    const { value, ...totals } = await this.#json<ListTotals & Page<PlacementAnswer>>(
      `/assay/images?${query.toString()}`,
    );
    return { images: value, ...totals };
  }

  /** All images of a list. */
  images(filters: ImageFilters = {}): Promise<readonly PlacementAnswer[]> {
    return this.#all(`/assay/images?${new URLSearchParams({ ...filters, top: '1000' }).toString()}`);
  }

  /** The tags of a repository, or one of them, now or at an earlier time. */
  tags(of: TagName | { readonly repository: string }): Promise<readonly TagAnswer[]> {
    return this.#all(`/assay/tags?${new URLSearchParams({ ...of, top: '1000' }).toString()}`);
  }

  /** The first of all that has a text in its name, by kind. */
  search(text: string, top: number): Promise<SearchAnswer> {
    return this.#json(`/assay/search?${new URLSearchParams({ q: text, top: String(top) }).toString()}`);
  }

  /** The first upgrades, those that close the most of the worst first. */
  async fixes(
    filters: Pick<ImageFilters, 'severity' | 'repository'>,
    top: number,
  ): Promise<{ readonly fixes: readonly FixAnswer[] } & FixTotals> {
    const query = new URLSearchParams({ ...filters, top: String(top) });
    const { value, total, untaggedImages } = await this.#json<FixTotals & Page<FixAnswer>>(
      `/assay/fixes?${query.toString()}`,
    );
    return { fixes: value, total, untaggedImages };
  }

  findings({
    digest,
    subscriptionId,
    repository,
  }: Pick<PlacementAnswer, 'digest' | 'subscriptionId' | 'repository'>): Promise<readonly FindingAnswer[]> {
    const query = new URLSearchParams({ subscription: subscriptionId, repository, state: 'all' });
    return this.#all(`/assay/images/${digest}/findings?${query.toString()}`);
  }

  /** Returns the findings of an image in a standard report format. */
  async report(digest: string, format: ReportFormat): Promise<unknown> {
    return (await this.#get(`/assay/images/${digest}/findings`, { headers: { accept: reportTypes[format] } })).json();
  }

  /** @param moments a digest, or `<digest>@<time>`, before and after */
  difference(
    [from, to]: readonly [string, string],
    repository: string | undefined,
    top: number,
  ): Promise<DifferenceAnswer> {
    const query = new URLSearchParams({ from, to, top: String(top), ...(repository ? { repository } : {}) });
    return this.#json(`/assay/diff?${query.toString()}`);
  }

  timeline(digest: string): Promise<TimelineAnswer> {
    return this.#json(`/assay/images/${digest}/timeline`);
  }

  why(digest: string): Promise<WhyAnswer> {
    return this.#json(`/assay/images/${digest}/why`);
  }

  /** Reads all pages. Charges are in the order of their time. */
  async charges(period?: string): Promise<ChargesAnswer> {
    const pages: ChargesAnswer[] = [];
    const query = `top=1000${period === undefined ? '' : `&period=${period}`}`;
    for await (const page of this.#pages<ChargesAnswer & { nextLink?: string }>(`/assay/charges?${query}`))
      pages.push(page);
    return {
      ...(period === undefined ? {} : { period }),
      totals: pages[0]?.totals ?? [],
      value: pages.flatMap(({ value }) => value).toSorted(byTime),
      waiting: pages.flatMap(({ waiting }) => waiting).toSorted(byTime),
    };
  }

  /** Downloads the charges as a file, with the tally of the server. */
  async export(format: string, period?: string, profile?: string): Promise<ExportAnswer> {
    const query = new URLSearchParams({
      format,
      ...(profile === undefined ? {} : { profile }),
      ...(period === undefined ? {} : { period }),
    });
    const response = await this.#get(`/assay/export?${query.toString()}`);
    return {
      file: await response.text(),
      charges: Number(response.headers.get('x-assay-charges') ?? Number.NaN),
      total: response.headers.get('x-assay-total') ?? '',
      waiting: Number(response.headers.get('x-assay-waiting') ?? 0),
    };
  }

  /** Downloads all findings with the offsets of the topics, line by line as they arrive. */
  async *exportedSets(): AsyncIterable<string> {
    const { body } = await this.#get('/assay/sets');
    if (body) yield* createInterface({ input: Readable.fromWeb(body), crlfDelay: Infinity });
  }

  periods(): Promise<readonly PeriodAnswer[]> {
    return this.#all('/assay/periods');
  }

  /** Closes a month. While its partitions take long, the request is repeated, which continues the closing. */
  async closePeriod(period: string, why: string, total?: string): Promise<PeriodAnswer> {
    return (
      await this.#send(
        'POST',
        `/assay/periods/${period}/close`,
        { why, ...(total === undefined ? {} : { total }) },
        closingMs,
      )
    ).json() as Promise<PeriodAnswer>;
  }

  /** Corrects a charge by an amount, or gives all of it back. */
  async correctCharge(charge: string, why: string, amount?: string): Promise<CorrectionAnswer> {
    const headers = { 'x-ms-client-request-id': randomUUID() };
    return (
      await this.#send(
        'POST',
        `/assay/charges/${encodeURIComponent(charge)}/corrections`,
        { why, ...(amount === undefined ? {} : { amount }) },
        undefined,
        headers,
      )
    ).json() as Promise<CorrectionAnswer>;
  }

  /** Waits for the decision on an image, for the given seconds or the server's limit. */
  async gate(
    { digest, platform, repository, subscription, maxSeverity, onlyFixable }: GateQuestion,
    seconds: number,
  ): Promise<GateAnswer> {
    const query = new URLSearchParams({
      maxSeverity,
      onlyFixable: String(onlyFixable),
      ...(platform === undefined ? {} : { platform }),
      ...(repository === undefined ? {} : { repository }),
      ...(subscription === undefined ? {} : { subscription }),
    });
    const wait = Math.min(seconds, longestWaitSeconds);
    const request = {
      ...(wait > 0 ? { headers: { prefer: `wait=${wait}` } } : {}),
      withinMs: wait * 1000 + graceMs,
      untilMs: Math.max(seconds * 1000, readyTimeoutMs),
    };
    return (await this.#get(`/assay/images/${digest}/gate?${query.toString()}`, request)).json() as Promise<GateAnswer>;
  }

  parked(): Promise<readonly ParkedAnswer[]> {
    return this.#all('/assay/parked');
  }

  parkedEvent(target: string): Promise<ParkedAnswer> {
    return this.#json(`/assay/parked/${target}`);
  }

  /** Orders a redrive or drop of a parked event, and waits a moment for the result. */
  async order(command: 'redrive' | 'drop', target: string, why: string): Promise<OrderAnswer> {
    return (await this.#send('POST', `/assay/parked/${target}/${command}`, { why })).json() as Promise<OrderAnswer>;
  }

  halted(options?: Pick<RequestOptions, 'untilMs'>): Promise<readonly HaltedAnswer[]> {
    return this.#all('/assay/halted', options);
  }

  /** Orders that a partition at a standstill go on with the log as it is, and waits a moment for it. */
  async resume(target: string, why: string): Promise<ResumeAnswer> {
    return (await this.#send('POST', `/assay/halted/${target}/resume`, { why })).json() as Promise<ResumeAnswer>;
  }

  sweeps(): Promise<readonly SweepAnswer[]> {
    return this.#all('/assay/sweeps');
  }

  /** The proof that the seals of the last day give. */
  seals(): Promise<SealsAnswer> {
    return this.#json('/assay/seals');
  }

  discovery(): Promise<DiscoveryAnswer> {
    return this.#json('/assay/discovery');
  }

  /** Confirms the removal of the registries that are gone from a subscription. */
  async confirmRemovals(subscription: string, why: string): Promise<readonly ListingAnswer[]> {
    const answer = await this.#send('POST', `/assay/discovery/${encodeURIComponent(subscription)}/confirm`, { why });
    return ((await answer.json()) as Pick<DiscoveryAnswer, 'value'>).value;
  }

  registries(): Promise<readonly RegistryAnswer[]> {
    return this.#all('/assay/registries');
  }

  /** Decides on the images of the removed registries of an address. */
  async decideOnRemoved(
    registry: string,
    images: 'keep' | 'close',
    why: string,
  ): Promise<readonly Pick<RegistryAnswer, 'registryId'>[]> {
    const answer = await this.#send('POST', `/assay/sweeps/${encodeURIComponent(registry)}/removed`, { images, why });
    return ((await answer.json()) as { value: readonly Pick<RegistryAnswer, 'registryId'>[] }).value;
  }

  /** Confirms the deletions that a held sweep found. */
  async confirmSweep(registry: string, why: string): Promise<SweepAnswer> {
    return (
      await this.#send('POST', `/assay/sweeps/${encodeURIComponent(registry)}/confirm`, { why })
    ).json() as Promise<SweepAnswer>;
  }

  rules(): Promise<readonly RuleAnswer[]> {
    return this.#all('/assay/rules');
  }

  /** Creates or replaces a rule that disables findings. */
  async setRule(
    name: string,
    rule: Pick<RuleAnswer, 'scope' | 'criteria' | 'reason' | 'expiresAt'>,
  ): Promise<RuleAnswer> {
    return (await this.#send('PUT', `/assay/rules/${encodeURIComponent(name)}`, rule)).json() as Promise<RuleAnswer>;
  }

  /** Asks what a rule would do, without making it. */
  async previewRule(
    name: string,
    rule: Pick<RuleAnswer, 'scope' | 'criteria' | 'expiresAt'>,
    maxSeverity: string,
  ): Promise<RulePreviewAnswer> {
    const path = `/assay/rules/${encodeURIComponent(name)}/preview?${new URLSearchParams({ maxSeverity }).toString()}`;
    return (await this.#send('POST', path, rule)).json() as Promise<RulePreviewAnswer>;
  }

  async removeRule(name: string, scope: string, reason: string): Promise<void> {
    await this.#get(`/assay/rules/${encodeURIComponent(name)}?${new URLSearchParams({ scope, reason }).toString()}`, {
      method: 'DELETE',
    });
  }

  plans(subscription?: string): Promise<readonly PlanAnswer[]> {
    return this.#all(
      `/assay/plans${subscription === undefined ? '' : `?${new URLSearchParams({ subscription }).toString()}`}`,
    );
  }

  /** Switches a plan, or sets its mode. */
  async setPlan(
    plan: string,
    subscription: string,
    change: { readonly tier?: string; readonly mode?: string; readonly why: string },
  ): Promise<PlanAnswer> {
    return (
      await this.#send('PUT', `/assay/plans/${plan}?${new URLSearchParams({ subscription }).toString()}`, change)
    ).json() as Promise<PlanAnswer>;
  }

  services(): Promise<readonly StandingAnswer[]> {
    return this.#all('/assay/services');
  }

  runners(): Promise<readonly RunnerAnswer[]> {
    return this.#all('/assay/runners', { untilMs: 0 });
  }

  databases(): Promise<readonly DatabaseAnswer[]> {
    return this.#all('/assay/databases');
  }

  /** The databases of Java archives. An older suite has none. */
  async javaDatabases(): Promise<readonly JavaDatabaseAnswer[]> {
    const { java = [] } = await this.#json<{ java?: readonly JavaDatabaseAnswer[] }>('/assay/databases');
    return java;
  }

  /** The databases that were announced last, and the freshness. Each is absent without one, or in an older suite. */
  async announcedDatabase(): Promise<{
    readonly database?: DatabaseAnswer;
    readonly java?: JavaDatabaseAnswer;
    readonly freshness?: FreshnessAnswer;
  }> {
    const {
      value: [database],
      java: [java] = [],
      freshness,
    } = await this.#json<{
      value: readonly DatabaseAnswer[];
      java?: readonly JavaDatabaseAnswer[];
      freshness?: FreshnessAnswer;
    }>('/assay/databases', { untilMs: 0 });
    return { ...(database ? { database } : {}), ...(java ? { java } : {}), ...(freshness ? { freshness } : {}) };
  }

  /** Undefined before images were assessed with an announced database. */
  async knowledge(): Promise<KnowledgeAnswer | undefined> {
    return (await this.#json<{ readonly knowledge?: KnowledgeAnswer }>('/assay/knowledge', { untilMs: 0 })).knowledge;
  }

  /**
   * Orders an update, an import or a check, and waits for its end by asking again for the same order.
   *
   * @param content names the archive of an import, and `force`
   */
  async databaseOrder(
    order: 'update' | 'import' | 'verify',
    content: object,
    onProgress: (progress: OrderProgress) => void,
  ): Promise<DatabaseOutcome> {
    const headers = { 'x-ms-client-request-id': randomUUID() };
    for (;;) {
      const response = await this.#send('POST', `/assay/databases/${order}`, content, undefined, headers);
      const { state, ...answer } = (await response.json()) as DatabaseOrderAnswer;
      if (state === 'ended') return answer as DatabaseOutcome;
      const { progress } = answer as Extract<DatabaseOrderAnswer, { state: 'running' }>;
      if (progress) onProgress(progress);
    }
  }

  /** The database that is held, if there is one. An older suite holds none. */
  async heldDatabase(): Promise<HeldDatabaseAnswer | undefined> {
    return (await this.#json<{ held?: HeldDatabaseAnswer }>('/assay/databases')).held;
  }

  /** @param healthy the number of images that would become healthy, as the held database was shown */
  async releaseDatabase(digest: string, healthy: number, why: string): Promise<DatabaseOutcome> {
    const response = await this.#send('POST', `/assay/databases/${digest}/release`, { healthy, why });
    return response.json() as Promise<DatabaseOutcome>;
  }

  async refuseDatabase(digest: string, why: string): Promise<void> {
    await this.#send('POST', `/assay/databases/${digest}/refuse`, { why });
  }

  /** Puts a stored database to use. */
  async useDatabase(digest: string): Promise<DatabaseOutcome> {
    return (await this.#send('POST', `/assay/databases/${digest}/use`, {})).json() as Promise<DatabaseOutcome>;
  }

  /** The changes that a recall would bring. Nothing is recalled. */
  async lookAtRecall(digest: string): Promise<RecallViewAnswer> {
    return (
      await this.#send('POST', `/assay/databases/${digest}/recall/preview`, {})
    ).json() as Promise<RecallViewAnswer>;
  }

  /** True once the gate obeys the recall of a database: the read model has it. */
  async obeysRecall(digest: string): Promise<boolean> {
    const recalls = await this.#all<{ readonly about: string }>('/assay/audit?what=recall');
    return recalls.some(({ about }) => about === `database/${digest}`);
  }

  async recallDatabase(
    digest: string,
    why: string,
  ): Promise<{ readonly digest: string; readonly instead?: DatabaseOutcome }> {
    return (await this.#send('POST', `/assay/databases/${digest}/recall`, { why })).json() as Promise<{
      readonly digest: string;
      readonly instead?: DatabaseOutcome;
    }>;
  }

  clusters(): Promise<readonly ClusterAnswer[]> {
    return this.#all('/assay/clusters');
  }

  /** Reports all images that run in a cluster. */
  async reportRunning(
    cluster: string,
    images: readonly { readonly digest: string; readonly namespace?: string }[],
  ): Promise<ReportAnswer> {
    return (await this.#send('POST', '/assay/running', { cluster, images })).json() as Promise<ReportAnswer>;
  }

  scanners(): Promise<readonly ScannerAnswer[]> {
    return this.#all('/assay/scanners');
  }

  /** Recalls a scanner build: its results no longer count. */
  async recall(digest: string, why: string): Promise<ScannerAnswer> {
    return (await this.#send('POST', `/assay/scanners/${digest}/recall`, { why })).json() as Promise<ScannerAnswer>;
  }

  #send(
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    untilMs?: number,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return this.#get(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      ...(untilMs === undefined ? {} : { untilMs }),
    });
  }

  /** Runs a query and reads all pages. */
  async query(query: string, subscriptions?: readonly string[]): Promise<QueryAnswer> {
    const rows: (readonly unknown[])[] = [];
    for (let token: string | undefined; ;) {
      const body = {
        query,
        ...(subscriptions ? { subscriptions } : {}),
        options: { resultFormat: 'table', $top: 1000, ...(token === undefined ? {} : { $skipToken: token }) },
      };
      const response = await this.#send(
        'POST',
        '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01',
        body,
      );
      const page = parseExactly(await response.text()) as QueryPage;
      rows.push(...page.data.rows);
      token = page.$skipToken;
      if (token === undefined)
        return {
          columns: page.data.columns,
          rows,
          total: page.totalRecords,
          truncated: page.resultTruncated === 'true',
        };
    }
  }

  /** Reads any route, for comparisons. `list` reads all pages. */
  answer(path: string): Promise<unknown> {
    return this.#json(path);
  }

  list(path: string): Promise<readonly unknown[]> {
    return this.#all(path);
  }

  async #json<T>(path: string, options?: RequestOptions): Promise<T> {
    return (await this.#get(path, options)).json() as Promise<T>;
  }

  async #all<T>(path: string, options?: RequestOptions): Promise<T[]> {
    const all: T[] = [];
    for await (const { value } of this.#pages<Page<T>>(path, options)) all.push(...value);
    return all;
  }

  async *#pages<P extends { readonly nextLink?: string }>(path: string, options?: RequestOptions): AsyncGenerator<P> {
    for (let next: string | undefined = path; next !== undefined;) {
      const page: P = await this.#json(next, options);
      yield page;
      const link: URL | undefined = page.nextLink === undefined ? undefined : new URL(page.nextLink);
      next = link && `${link.pathname}${link.search}`;
    }
  }

  async #get(
    path: string,
    { headers, withinMs, untilMs = readyTimeoutMs, ...request }: RequestOptions = {},
  ): Promise<Response> {
    let position = this.#position;
    for (const until = performance.now() + untilMs; ;) {
      const response = await fetch(`${this.url}${path}`, {
        ...request,
        headers: {
          ...headers,
          authorization: `Bearer ${this.token}`,
          ...(position === undefined ? {} : { [positionHeader]: position }),
        },
        ...(withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) }),
      });
      this.#position = response.headers.get(positionHeader) ?? this.#position;
      // The suite answers each of these paths with JSON; an ingress may answer a failure with a page of its own.
      if ((response.ok || response.status === 404) && response.headers.get('content-type')?.startsWith('text/html'))
        throw new Failure('no-suite', `${this.url} is a web page, and no suite`, 'check ASSAY_URL');
      if (response.ok) return response;
      if (position !== undefined && (await bodyOf(response.clone()))?.error?.code === 'InvalidPosition') {
        this.#position = position = undefined;
        continue;
      }
      if (![429, 503].includes(response.status) || performance.now() > until)
        throw await refusal(response, this.token !== '', this.isElsewhere);
      const body = await bodyOf(response);
      if (body?.error?.code === needsOperator) throw lasting(body);
      await pause(response.status === 429 ? 1_000 * (Number(response.headers.get('retry-after')) || 1) : 100);
    }
  }
}

const notFoundRemedies = [
  { path: '/assay/parked/', remedy: '`assay parked` lists the parked events' },
  { path: '/assay/halted/', remedy: '`assay halted` lists the partitions at a standstill' },
  { path: '/assay/databases/', remedy: '`assay database list` lists the databases' },
  { path: '/assay/discovery/', remedy: '`assay discovery` lists the subscriptions' },
  { path: '/assay/sweeps/', remedy: '`assay registries` lists the registries' },
  { path: '/assay/charges/', remedy: '`assay export` has the ids of the charges, as x_AssayChargeId' },
  { path: '/assay/rules/', remedy: '`assay rules` lists the rules; the scope must be a known one' },
  { path: '', remedy: '`assay status` lists the known images' },
];

/** Remedies by the code of a refusal. */
const remedies: Readonly<Record<string, string>> = {
  NothingKnownThen: 'give a later time: `assay timeline` lists all that happened to an image',
  ImageNotScanned: '`assay why` shows what it waits for',
  IndexNotScanned: 'compare one of the images that it lists: `assay status` names them',
  FindingsUnknown: '`assay parked` lists the event that could not be handled',
  PastNotKept: 'give a later time: the log does not reach back that far',
};

interface Refusal {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly details?: readonly {
      readonly code: string;
      readonly message: string;
      readonly line?: number;
      readonly characterPositionInLine?: number;
      readonly token?: string;
    }[];
  };
}

/** Error code of a failure that lasts until an operator acts, so it is not retried. */
const needsOperator = 'NeedsOperator';

const bodyOf = (response: Response): Promise<Refusal | undefined> =>
  response.json().catch(() => undefined) as Promise<Refusal | undefined>;

const lasting = ({ error }: Refusal): Failure => new NeedsOperator(error?.message ?? '');

const refusal = async (response: Response, hasToken: boolean, isElsewhere: boolean): Promise<Error> => {
  const body = await bodyOf(response);
  const [, detail] = body?.error?.details ?? [];
  if (detail && response.url.includes('/Microsoft.ResourceGraph/'))
    return new QueryFailure(
      detail.message,
      detail.code,
      detail.line === undefined
        ? undefined
        : { ...detail, line: detail.line, characterPositionInLine: detail.characterPositionInLine ?? 0 },
    );
  const message = body?.error?.message ?? `${new URL(response.url).pathname} was answered with ${response.status}`;
  if (response.status === 403 && response.url.includes('/Microsoft.ResourceGraph/'))
    return new Failure('not-found', message);
  if (response.status === 404)
    return new Failure('not-found', message, notFoundRemedies.find(({ path }) => response.url.includes(path))?.remedy);
  if (response.status === 401 && !hasToken)
    return new Failure('no-suite', message, 'set ASSAY_API_TOKEN to a token of the suite at ASSAY_URL');
  if (response.status === 401)
    return new Failure(
      'no-suite',
      message,
      isElsewhere
        ? 'set ASSAY_API_TOKEN to a token of that suite'
        : 'another suite answers there, not that of this data folder: give its --data',
    );
  if (body?.error?.code === needsOperator) return lasting(body);
  const remedy = remedies[body?.error?.code ?? ''];
  if (remedy !== undefined) return new Failure('failed', message, remedy);
  if (response.status === 503) return new Failure('no-suite', message, 'try again in a moment');
  if (response.status === 403)
    return new Failure('failed', message, 'ask for a role that has it: `docs/security.md` lists the roles');
  const isUsage = response.status === 400 || body?.error?.code === 'DatabaseSourcesDiffer';
  return new Failure(isUsage ? 'usage' : 'failed', message);
};
