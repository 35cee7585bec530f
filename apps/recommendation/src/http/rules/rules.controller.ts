import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { badRequest, formatScope, isSubscriptionId, notFound, parseScope } from '@assay/arm';
import {
  callerOf,
  checkPreconditions,
  demand,
  Described,
  etagOf,
  InTurn,
  NeedsSomewhere,
  Paging,
  queryOf,
  strictly,
  type ArmReply,
  type ArmRequest,
  type Operation,
  type PageOf,
} from '@assay/http';
import { present, type RuleChanged } from '@assay/events';
import { LogClient } from '@assay/messaging';
import { readableBy } from '../../read-model/readable.ts';
import { ruleNamed, rulePage, type RuleRecord } from '../../read-model/rules.ts';
import { View } from '../../read-model/read-model.ts';
import { recorded } from '../appending.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { RuleBody } from './rule.dto.ts';
import { Scopes } from '../scopes.ts';
import * as described from './rules.openapi.ts';

/** Rules that disable findings in a scope: matching findings are not applicable, and count in no recommendation. */
@Controller('assay/rules')
@UseGuards(FreshGuard)
export class RulesController {
  readonly #writing = new InTurn();

  constructor(
    private readonly view: View,
    private readonly paging: Paging,
    private readonly scopes: Scopes,
    @Inject(LogClient) private readonly log: LogClient,
  ) {}

  @Get()
  @NeedsSomewhere('rules/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request);
    const size = this.paging.pageSize;
    const found = await this.view.read((query) =>
      rulePage(query, readableBy(callerOf(request), 'rules/read'), after, size + 1),
    );
    const shown = found.slice(0, size);
    const last = shown.at(-1);
    return {
      value: shown.map((record) => this.#shown(record)),
      ...(found.length > size && last ? { nextLink: this.paging.nextLink(request, last.key) } : {}),
    };
  }

  @Get(':rule')
  @NeedsSomewhere('rules/read')
  @Described(described.shown)
  async get(
    @Param('rule') ruleId: string,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    return this.#tagged(
      await this.#named(ruleIdIn(ruleId), allowedScope(request, 'rules/read', queryOf(request, 'scope'))),
      reply,
    );
  }

  /** Creates or changes a rule. Answers when the rule can be read here; the findings follow within moments. */
  @Put(':rule')
  @NeedsSomewhere('rules/write')
  @Described(described.written)
  async put(
    @Param('rule') name: string,
    @Body(strictly(RuleBody)) body: unknown,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    const { scope: given, criteria, reason, expiresAt } = body as RuleBody;
    const [ruleId, scope] = [ruleIdIn(name), allowedScope(request, 'rules/write', given)];
    checkCriteria(criteria);
    if (expiresAt !== undefined && !isDay(expiresAt))
      throw badRequest('InvalidRequestContent', 'expiresAt is not an existing day.', { target: 'expiresAt' });
    if (expiresAt !== undefined && !(Date.parse(expiresAt) > this.view.now()))
      throw badRequest('InvalidRequestContent', 'expiresAt is not in the future: the rule would never apply.', {
        target: 'expiresAt',
      });
    await this.view.read((query) => this.scopes.knownScope(query, present(parseScope(scope), 'scope')));
    return this.#writing.do(keyOf(scope, ruleId), async () => {
      const before = await this.view.read((query) => ruleNamed(query, scope, ruleId));
      checkPreconditions(request, before && etagOf(this.#shown(before)));
      await this.#record(
        {
          ruleId,
          scope,
          criteria,
          reason,
          by: callerOf(request).name,
          ...(expiresAt ? { expiresAt } : {}),
          removed: false,
        },
        request,
      );
      return this.#tagged(await this.#named(ruleId, scope), reply);
    });
  }

  /** Removes a rule: its findings count again, without a new scan. */
  @Delete(':rule')
  @NeedsSomewhere('rules/write')
  @HttpCode(204)
  @Described(described.removed)
  async remove(@Param('rule') name: string, @Req() request: ArmRequest): Promise<void> {
    const reason = queryOf(request, 'reason') ?? '';
    if (reason.trim() === '' || reason.length > 1000)
      throw badRequest(
        'InvalidRequestContent',
        'The query parameter `reason` is required, at most 1000 characters: it goes into the audit trail.',
        { target: 'reason' },
      );
    const [id, at] = [ruleIdIn(name), allowedScope(request, 'rules/write', queryOf(request, 'scope'))];
    await this.#writing.do(keyOf(at, id), async () => {
      const found = await this.#named(id, at);
      checkPreconditions(request, etagOf(this.#shown(found)));
      const { ruleId, scope, criteria } = found.rule;
      await this.#record({ ruleId, scope, criteria, reason, by: callerOf(request).name, removed: true }, request);
    });
  }

  #record(data: RuleChanged, request: ArmRequest): Promise<void> {
    return recorded(this.log, this.view, request, { topic: 'rule.changed', subject: data.scope, data });
  }

  async #named(ruleId: string, scope: string): Promise<RuleRecord> {
    const found = await this.view.read((query) => ruleNamed(query, scope, ruleId));
    if (!found) throw notFound('ResourceNotFound', `There is no rule '${ruleId}' in the scope '${scope}'.`, 'rule');
    return found;
  }

  #tagged(record: RuleRecord, reply: ArmReply): object {
    const shown = this.#shown(record);
    reply.header('etag', etagOf(shown));
    return shown;
  }

  #shown({ rule: { ruleId, scope, criteria, reason, by, expiresAt }, since, exempted }: RuleRecord): object {
    const state = expiresAt !== undefined && Date.parse(expiresAt) <= this.view.now() ? 'expired' : 'in-force';
    return { ruleId, scope, criteria, reason, by, since, ...(expiresAt ? { expiresAt } : {}), state, exempted };
  }
}

const keyOf = (scope: string, ruleId: string): string => `${scope}/${ruleId}`.toLowerCase();

/** `Date` accepts 30 February as a day in March. */
const isDay = (time: string): boolean => {
  const at = new Date(time);
  return Number.isFinite(at.getTime()) && at.toISOString().slice(0, 10) === time.slice(0, 10);
};

const ruleIdIn = (text: string): string => {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw badRequest(
    'InvalidRequestContent',
    'A rule is named by at most 64 letters, digits, dots, dashes and underscores.',
    { target: 'rule' },
  );
};

/** The scope in the casing of the answers, if the caller has the permission there. */
const allowedScope = (request: ArmRequest, operation: Operation, text: string | undefined): string => {
  const scope = text === undefined ? undefined : parseScope(text);
  if (scope?.kind !== 'subscription' && scope?.kind !== 'resource-group' && scope?.kind !== 'registry') {
    throw badRequest(
      'InvalidRequestContent',
      'The scope of a rule is the id of a subscription, a resource group or a registry, for example ' +
        '/subscriptions/00000000-0000-0000-0000-000000000001.',
      { target: 'scope' },
    );
  }
  if (!isSubscriptionId(scope.subscriptionId))
    throw badRequest(
      'InvalidSubscriptionId',
      `The provided subscription identifier '${scope.subscriptionId}' is malformed or invalid.`,
      { target: 'scope' },
    );
  demand(callerOf(request), operation, scope);
  return formatScope(scope);
};

/** A rule without criteria would disable nothing or, misread, everything. */
const checkCriteria = (criteria: RuleBody['criteria'] | undefined): void => {
  if (Object.values(criteria ?? {}).some((value) => value !== undefined && value !== null)) return;
  throw badRequest(
    'InvalidRequestContent',
    'The criteria are empty: give at least one, for example {"vulnerabilities":["CVE-2020-1967"]}.',
    { target: 'criteria' },
  );
};
