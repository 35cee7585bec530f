import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { badRequest, notFound, parseScope } from '@assay/arm';
import {
  callerOf,
  checkPreconditions,
  Described,
  etagOf,
  InTurn,
  NeedsSomewhere,
  Paging,
  queryOf,
  strictly,
  type ArmReply,
  type ArmRequest,
  type PageOf,
} from '@assay/http';
import { present, type RuleChanged } from '@assay/events';
import { LogClient } from '@assay/messaging';
import { readableBy } from '@assay/read-model/store/readable';
import { ruleNamed, rulePage, type RuleRecord } from './rules.ts';
import { View } from '@assay/read-model/view/view';
import { recorded } from '../appending.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { exemptedBy } from './rule-effect.ts';
import { allowedScope, checkedScope, ruleIdIn } from './rule-checks.ts';
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
    private readonly lanes: Lanes,
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
    const found = await this.lanes.page(request, (query) =>
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
      await this.#named(request, ruleIdIn(ruleId), allowedScope(request, 'rules/read', queryOf(request, 'scope'))),
      reply,
    );
  }

  /**
   * Creates or changes a rule. Answers when the rule can be read here, with the findings that it is about to disable:
   * they follow within moments.
   */
  @Put(':rule')
  @NeedsSomewhere('rules/write')
  @Described(described.written)
  async put(
    @Param('rule') name: string,
    @Body(strictly(RuleBody)) body: unknown,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    const ruleId = ruleIdIn(name);
    const { criteria, reason, expiresAt } = body as RuleBody;
    const scope = checkedScope(body as RuleBody, request, ['rules/write'], this.view.now());
    await this.lanes.byKey(request, (query) => this.scopes.knownScope(query, present(parseScope(scope), 'scope')));
    return this.#writing.do(keyOf(scope, ruleId), async () => {
      const before = await this.lanes.byKey(request, (query) => ruleNamed(query, scope, ruleId));
      checkPreconditions(request, before && this.#etag(before));
      // Without them the rule is made all the same.
      const counts = await this.lanes
        .byKey(request, (query) =>
          exemptedBy(query, { ruleId, scope, criteria, ...(expiresAt ? { expiresAt } : {}) }, this.view.now()),
        )
        .catch(() => undefined);
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
      return this.#tagged({ ...(await this.#named(request, ruleId, scope)), ...counts }, reply);
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
      const found = await this.#named(request, id, at);
      checkPreconditions(request, this.#etag(found));
      const { ruleId, scope, criteria } = found.rule;
      await this.#record({ ruleId, scope, criteria, reason, by: callerOf(request).name, removed: true }, request);
    });
  }

  #record(data: RuleChanged, request: ArmRequest): Promise<void> {
    return recorded(this.log, this.view, request, { topic: 'rule.changed', subject: data.scope, data });
  }

  async #named(request: ArmRequest, ruleId: string, scope: string): Promise<RuleRecord> {
    const found = await this.lanes.byKey(request, (query) => ruleNamed(query, scope, ruleId));
    if (!found) throw notFound('ResourceNotFound', `There is no rule '${ruleId}' in the scope '${scope}'.`, 'rule');
    return found;
  }

  #tagged(record: RuleRecord, reply: ArmReply): object {
    const shown = this.#shown(record);
    reply.header('etag', this.#etag(record));
    return shown;
  }

  /** The tag of a rule, without the numbers of its findings: these change without a write. */
  #etag(record: RuleRecord): string {
    return etagOf(this.#shown({ ...record, exempted: 0, fixable: 0 }));
  }

  #shown({ rule: { ruleId, scope, criteria, reason, by, expiresAt }, since, exempted, fixable }: RuleRecord): object {
    const state = expiresAt !== undefined && Date.parse(expiresAt) <= this.view.now() ? 'expired' : 'in-force';
    return {
      ruleId,
      scope,
      criteria,
      reason,
      by,
      since,
      ...(expiresAt ? { expiresAt } : {}),
      state,
      exempted,
      fixable,
    };
  }
}

const keyOf = (scope: string, ruleId: string): string => `${scope}/${ruleId}`.toLowerCase();
