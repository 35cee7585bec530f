import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { type ArmRequest, Described, Needs } from '@assay/http';
import type { Knowledge } from '@assay/read-model/view/knowledge';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import * as described from './knowledge.openapi.ts';

/** The time from the build of a vulnerability database to the last image assessed with it. */
@Controller('assay/knowledge')
@UseGuards(FreshGuard)
export class KnowledgeController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {}

  @Get()
  @Needs('scanners/read')
  @Described(described.answered)
  async get(@Req() request: ArmRequest): Promise<{ readonly knowledge?: Knowledge }> {
    const knowledge = await this.lanes.page(request, (query) => this.view.knowledgeIn(query));
    return knowledge ? { knowledge } : {};
  }
}
