import { createHash } from 'node:crypto';
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Optional,
  Post,
  Req,
  Res,
  UseGuards,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ArmError, sameId, unavailable } from '@assay/arm';
import {
  apiVersions,
  callerOf,
  Described,
  NeedsSomewhere,
  Paging,
  queryOf,
  resourceGraphApiVersions,
  Unmetered,
  type ArmReply,
  type ArmRequest,
} from '@assay/http';
import { KustoTranslator } from '@assay/kusto';
import { histogram } from '@assay/telemetry';
import { invalidOptions, outcomeOf } from './failure.ts';
import { Graph } from './graph.ts';
import { scopeIn, type GraphScope } from './scope.ts';
import { Quota, type QuotaState } from './quota.ts';
import { GraphSettings } from './settings.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { readerOf } from '../reader.ts';
import { queried } from './resource-graph.openapi.ts';
import { graphRequest, type GraphRequest } from './resource-graph.request.ts';
import { graphResponse } from './resource-graph.response.ts';
import { AssessmentSettings } from '../assessments/settings.ts';

/** Start of the next page, and the offsets that the replica must have read to see no less than the last page. */
interface Position {
  readonly after: readonly (string | null)[];
  readonly received: readonly number[];
}

const topic = 'finding.classified';
const clock = (ms: number): string => new Date(Math.ceil(ms / 1000) * 1000).toISOString().slice(11, 19);

/** Queries over the read model, in the form of Azure Resource Graph. */
@Controller()
@UseGuards(apiVersions(resourceGraphApiVersions), FreshGuard)
export class ResourceGraphController implements OnModuleDestroy {
  readonly #graph: Graph;
  readonly #quota: Quota;
  readonly #settings: AssessmentSettings;
  readonly #durations = histogram('query.duration', 'recommendation');

  constructor(
    private readonly view: View,
    private readonly paging: Paging,
    @Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings,
    @Optional() @Inject(GraphSettings) limits?: GraphSettings,
    // Tests share one, because it takes seconds to load.
    @Optional() @Inject(KustoTranslator) translator?: KustoTranslator,
  ) {
    const { quota, quotaWindowMs } = limits ?? new GraphSettings();
    this.#settings = settings ?? new AssessmentSettings();
    this.#graph = new Graph(view, this.#settings, limits ?? new GraphSettings(), translator);
    this.#quota = new Quota(quota, quotaWindowMs);
  }

  @Post('providers/Microsoft.ResourceGraph/resources')
  @HttpCode(200)
  @Unmetered()
  @NeedsSomewhere('findings/read')
  @Described(queried)
  async resources(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @Body() body: unknown,
  ): Promise<object> {
    const began = performance.now();
    let outcome = 'ok';
    try {
      return await this.#answer(request, reply, body);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.#durations.record((performance.now() - began) / 1000, { outcome });
    }
  }

  async #answer(request: ArmRequest, reply: ArmReply, body: unknown): Promise<object> {
    this.#count(request, reply);
    const graphQuery = graphRequest(body, queryOf(request, 'api-version') ?? '');
    const route = boundTo(graphQuery);
    const position = graphQuery.skipToken === undefined ? undefined : this.#position(graphQuery.skipToken, route);
    if (position && !(await this.view.reached(topic, position.received)))
      throw unavailable('This replica has not read the events of the last page yet.');
    // Some callers send `$skip: 0` with a token on every page.
    const after = position && !graphQuery.skip ? position.after : undefined;
    const answer = await this.#graph.ask({
      query: graphQuery.query,
      scope: (query) => this.#scope(query, request, graphQuery),
      top: graphQuery.top,
      skip: graphQuery.skip ?? 0,
      after,
      facets: graphQuery.facets,
      caller: callerOf(request).name,
      closed: readerOf(request).closed,
      from: [...readerOf(request).from, ...(position ? [{ topic, offsets: position.received }] : [])],
    });
    reply.header('x-assay-as-of', answer.copy.asOf);
    return graphResponse(answer, graphQuery.isTable, (last) =>
      this.paging.sign({ after: last, received: answer.copy.received(topic) } satisfies Position, route),
    );
  }

  /** Counts each call of a user before anything else is checked. */
  #count(request: ArmRequest, reply: ArmReply): void {
    const state = this.#quota.take(callerOf(request).name);
    for (const [name, value] of Object.entries(quotaHeaders(state))) reply.header(name, value);
    reply.header('x-ms-tenant-subscription-limit-hit', 'false');
    if (!state.isExceeded) return;
    const seconds = String(Math.max(1, Math.ceil(state.resetsAfterMs / 1000)));
    throw new ArmError(429, 'RateLimiting', 'Too many queries: please wait before the next one.', {
      headers: { 'retry-after': seconds, ...quotaHeaders(state) },
    });
  }

  #position(token: string, route: string): Position {
    try {
      return this.paging.read<Position>(token, route);
    } catch {
      throw invalidOptions('The $skipToken was not given for this query and scope.');
    }
  }

  /** The known scopes among those requested that the caller may read. */
  async #scope(
    query: RunQuery,
    request: ArmRequest,
    { subscriptions, managementGroups }: GraphRequest,
  ): Promise<GraphScope> {
    const wanted = managementGroups ? this.#members(managementGroups) : subscriptions;
    const scope = await scopeIn(query, request, this.#settings.subscriptions, wanted);
    if ((subscriptions || managementGroups) && scope.subscriptions.length === 0)
      throw new ArmError(403, 'AccessDenied', 'None of the given scopes exists, or the caller may read none of them.');
    return scope;
  }

  #members(groups: readonly string[]): readonly string[] | undefined {
    const members = Object.entries(this.#settings.managementGroups);
    if (members.length === 0) return undefined;
    return members
      .filter(([name]) => groups.some((group) => sameId(group, name)))
      .flatMap(([, ids]) => ids.map((id) => id.toLowerCase()));
  }

  /** Called by Nest. */
  onModuleDestroy(): Promise<void> {
    return this.#graph.close();
  }
}

const quotaHeaders = ({ remaining, resetsAfterMs }: QuotaState): Readonly<Record<string, string>> => ({
  'x-ms-user-quota-remaining': String(remaining),
  'x-ms-user-quota-resets-after': clock(resetsAfterMs),
});

/** A token is valid only for the same query over the same scope. */
const boundTo = ({ query, subscriptions, managementGroups }: GraphRequest): string =>
  `resource-graph/${createHash('sha256')
    .update(JSON.stringify([query, subscriptions?.toSorted(), managementGroups?.toSorted()]))
    .digest('hex')}`;
