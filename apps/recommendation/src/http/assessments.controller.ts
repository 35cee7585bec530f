import { Controller, Get, Inject, Optional, Param, Req, UseGuards } from '@nestjs/common';
import { apiVersions, isSubscriptionId, badRequest, notFound, Paging, queryOf, parseRegistryId, securityApiVersions, type ArmRequest, type PageOf } from '@assay/arm';
import { assessmentsBelow, type RegistryAssessment } from '../view/assessments.ts';
import { shapeOfKey, type Shape } from '../view/azure.ts';
import { View } from '../view/view.ts';
import { assessment, expansions, metadata } from './assessment.shape.ts';
import { FreshGuard } from './fresh.guard.ts';
import { atEveryScope, Scopes, type ScopeParams } from './scopes.ts';
import { AssessmentSettings } from './settings.ts';

/** What is recommended about registries, as `Microsoft.Security/assessments`, and what the assessment is. */
@Controller()
@UseGuards(apiVersions(securityApiVersions), FreshGuard)
export class AssessmentsController {
  readonly #settings: AssessmentSettings;

  constructor(private readonly view: View, private readonly paging: Paging, private readonly scopes: Scopes, @Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  @Get(atEveryScope('assessments'))
  async list(@Req() request: ArmRequest, @Param() params: ScopeParams): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request);
    const size = this.paging.pageSize;
    const found = await this.view.read(async (query) => {
      const { prefixes } = await this.scopes.known(query, params);
      const all: RegistryAssessment[] = [];
      for (const prefix of prefixes.toSorted()) {
        if (all.length <= size) all.push(...await assessmentsBelow(query, prefix, this.view.staleBefore(), after, size + 1 - all.length));
      }
      return all;
    });
    const shown = found.slice(0, size);
    const expand = expansions(queryOf(request, '$expand'));
    return { value: shown.flatMap((one) => this.#settings.shapesOf(subscriptionOf(one)).map((shape) => assessment(one, shape, this.#settings.displayNames[shape], expand))),
      ...(found.length > size ? { nextLink: this.paging.nextLink(request, shown.at(-1)!.registryKey) } : {}) };
  }

  @Get(atEveryScope('assessments/:assessmentName'))
  async get(@Req() request: ArmRequest, @Param() params: ScopeParams & { assessmentName: string }): Promise<object> {
    const shape = shapeOfKey(params.assessmentName);
    const found = await this.view.read(async (query) => {
      const { scope, prefixes } = await this.scopes.known(query, params);
      if (scope.kind !== 'registry' || !shape || !this.#settings.shapesOf(scope.subscriptionId).includes(shape)) return undefined;
      return (await assessmentsBelow(query, prefixes[0]!, this.view.staleBefore()))[0];
    });
    if (!found || !shape) throw notFound('AssessmentNotFound', `There is no assessment '${params.assessmentName}' of this resource.`, 'assessmentName');
    return assessment(found, shape, this.#settings.displayNames[shape], expansions(queryOf(request, '$expand')));
  }

  @Get(['providers/Microsoft.Security/assessmentMetadata', 'subscriptions/:subscriptionId/providers/Microsoft.Security/assessmentMetadata'])
  metadataList(@Param('subscriptionId') subscriptionId?: string): PageOf<object> {
    return { value: this.#shapes.map((shape) => this.#metadata(shape, subscriptionId)) };
  }

  @Get(['providers/Microsoft.Security/assessmentMetadata/:name', 'subscriptions/:subscriptionId/providers/Microsoft.Security/assessmentMetadata/:name'])
  metadataGet(@Param() { subscriptionId, name }: { subscriptionId?: string; name: string }): object {
    const shape = this.#shapes.find((each) => each === shapeOfKey(name));
    const found = this.#metadata(shape ?? 'classic', subscriptionId);
    if (!shape) throw notFound('AssessmentMetadataNotFound', `There is no assessment metadata '${name}'.`, 'assessmentMetadataName');
    return found;
  }

  /** Those in which anybody is shown. */
  get #shapes(): readonly Shape[] {
    return this.#settings.shown.map(({ shape }) => shape);
  }

  #metadata(shape: Shape, subscriptionId: string | undefined): object {
    if (subscriptionId !== undefined && !isSubscriptionId(subscriptionId)) throw badRequest('InvalidSubscriptionId', `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`);
    return metadata(shape, this.#settings.displayNames[shape], subscriptionId);
  }
}

const subscriptionOf = ({ registryId }: RegistryAssessment): string => parseRegistryId(registryId)?.subscriptionId ?? '';
