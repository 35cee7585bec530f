import { Controller, Get, Inject, Optional, Param, Req, UseGuards } from '@nestjs/common';
import { notFound, parseRegistryId, unavailable, type ScopeParams } from '@assay/arm';
import {
  apiVersions,
  Described,
  NeedsSomewhere,
  Paging,
  securityApiVersions,
  type ArmRequest,
  type PageOf,
} from '@assay/http';
import { shapeOfKey, type AzureShape } from '@assay/read-model/placement/azure';
import { findingNamed, findingPage, positionOf, type FindingPosition, type FindingRecord } from './sub-assessments.ts';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { atEveryScope, Scopes } from '../scopes.ts';
import { AssessmentSettings } from '../assessments/settings.ts';
import { subAssessment } from './sub-assessment.response.ts';
import * as described from './sub-assessments.openapi.ts';

/** Start of the next page, and the offsets that the replica must have read to see no less than the last page. */
interface Position {
  readonly after: FindingPosition;
  readonly received: readonly number[];
}

interface ListParams extends ScopeParams {
  readonly assessmentName?: string;
}

interface Params extends ScopeParams {
  readonly assessmentName: string;
  readonly subAssessmentName: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const unknown = (name: string) => notFound('AssessmentNotFound', `There is no assessment '${name}'.`, 'assessmentName');

/** The findings of images, as `Microsoft.Security/subAssessments`. */
@Controller()
@UseGuards(apiVersions(securityApiVersions), FreshGuard)
export class SubAssessmentsController {
  readonly #settings: AssessmentSettings;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly scopes: Scopes,
    @Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings,
  ) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  @Get([...atEveryScope('subAssessments'), ...atEveryScope('assessments/:assessmentName/subAssessments')])
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest, @Param() params: ListParams): Promise<PageOf<object>> {
    const position = this.paging.position<Position>(request);
    if (position && !(await this.view.reached('finding.classified', position.received)))
      throw unavailable('This replica has not read the events of the last page yet.');
    const size = this.paging.pageSize;
    const records = await this.lanes.page(request, async (query) => {
      const { prefixes } = await this.scopes.known(query, params, request);
      const wanted = params.assessmentName === undefined ? undefined : this.#shape(params.assessmentName);
      const shown = this.#settings.shown.filter(({ shape }) => wanted === undefined || shape === wanted);
      const found: FindingRecord[] = [];
      for (const prefix of prefixes.toSorted()) {
        if (found.length <= size)
          found.push(
            ...(await findingPage(
              query,
              { prefix },
              shown,
              position?.after,
              size + 1 - found.length,
              this.view.staleBefore(),
            )),
          );
      }
      return found;
    });
    const value = records.slice(0, size);
    const last = value.at(-1);
    const next: Position | undefined =
      records.length > size && last
        ? { after: positionOf(last), received: this.view.received('finding.classified') }
        : undefined;
    return { value: value.map(subAssessment), ...(next ? { nextLink: this.paging.nextLink(request, next) } : {}) };
  }

  @Get(atEveryScope('assessments/:assessmentName/subAssessments/:subAssessmentName'))
  @NeedsSomewhere('findings/read')
  @Described(described.shown)
  async get(@Req() request: ArmRequest, @Param() params: Params): Promise<object> {
    const name = params.subAssessmentName;
    const record = await this.lanes.byKey(request, async (query) => {
      const { prefixes } = await this.scopes.known(query, params, request);
      const shape = this.#shape(params.assessmentName);
      if (!guid.test(name)) return undefined;
      const found = await Promise.all(
        prefixes.map((prefix) => findingNamed(query, prefix, shape, name, this.view.staleBefore())),
      );
      return found.find(
        (one) =>
          one !== undefined &&
          this.#settings.shapesOf(parseRegistryId(one.registryId)?.subscriptionId ?? '').includes(shape),
      );
    });
    if (!record)
      throw notFound(
        'SubAssessmentNotFound',
        `No sub-assessment '${name}' under assessment '${params.assessmentName}'.`,
        'subAssessmentName',
      );
    return subAssessment(record);
  }

  /** The shape of a key, if any subscription is shown in it. */
  #shape(name: string): AzureShape {
    const shape = shapeOfKey(name);
    if (!shape || !this.#settings.shown.some((one) => one.shape === shape)) throw unknown(name);
    return shape;
  }
}
