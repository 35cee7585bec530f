import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { apiVersions, notFound, Paging, sameId, securityApiVersions, unavailable, type ArmRequest, type PageOf } from '@assay/arm';
import { assessmentKey } from '../view/azure.ts';
import { findingNamed, findingPage, type FindingPosition, type FindingRecord } from '../view/sub-assessments.ts';
import { View } from '../view/view.ts';
import { FreshGuard } from './fresh.guard.ts';
import { atEveryScope, Scopes, type ScopeParams } from './scopes.ts';
import { subAssessment } from './sub-assessment.shape.ts';

/** Where the next page begins, and how far its reader must have heard to see no less than the last one did. */
interface Position {
  readonly after: FindingPosition;
  readonly heard: readonly number[];
}

interface Params extends ScopeParams {
  readonly assessmentName?: string;
  readonly subAssessmentName?: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const checkKey = (name: string | undefined): void => {
  if (name !== undefined && !sameId(name, assessmentKey)) throw notFound('AssessmentNotFound', `There is no assessment '${name}'.`, 'assessmentName');
};

/** The findings of images, as `Microsoft.Security/subAssessments`. */
@Controller()
@UseGuards(apiVersions(securityApiVersions), FreshGuard)
export class SubAssessmentsController {
  constructor(private readonly view: View, private readonly paging: Paging, private readonly scopes: Scopes) {}

  @Get([...atEveryScope('subAssessments'), ...atEveryScope('assessments/:assessmentName/subAssessments')])
  async list(@Req() request: ArmRequest, @Param() params: Params): Promise<PageOf<object>> {
    const position = this.paging.position<Position>(request);
    if (position && !await this.view.reached('finding.classified', position.heard)) throw unavailable('This replica has not heard what the last page showed.');
    const size = this.paging.pageSize;
    const records = await this.view.read(async (query) => {
      const { prefixes } = await this.scopes.known(query, params);
      checkKey(params.assessmentName);
      const found: FindingRecord[] = [];
      for (const prefix of prefixes.toSorted()) {
        if (found.length <= size) found.push(...await findingPage(query, { prefix }, position?.after, size + 1 - found.length, this.view.staleBefore()));
      }
      return found;
    });
    const value = records.slice(0, size);
    const last = value.at(-1);
    const next: Position | undefined = records.length > size && last ? { after: [last.registryKey, last.name], heard: this.view.heard('finding.classified') } : undefined;
    return { value: value.map(subAssessment), ...(next ? { nextLink: this.paging.nextLink(request, next) } : {}) };
  }

  @Get(atEveryScope('assessments/:assessmentName/subAssessments/:subAssessmentName'))
  async get(@Param() params: Params): Promise<object> {
    const name = params.subAssessmentName!;
    const record = await this.view.read(async (query) => {
      const { prefixes } = await this.scopes.known(query, params);
      checkKey(params.assessmentName);
      if (!guid.test(name)) return undefined;
      const found = await Promise.all(prefixes.map((prefix) => findingNamed(query, prefix, name, this.view.staleBefore())));
      return found.find((one) => one !== undefined);
    });
    if (!record) throw notFound('SubAssessmentNotFound', `No sub-assessment '${name}' under assessment '${assessmentKey}'.`, 'subAssessmentName');
    return subAssessment(record);
  }
}
