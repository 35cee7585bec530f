import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { Described, NeedsSomewhere, type ArmRequest, type PageOf } from '@assay/http';
import { clustersKnown, type ClusterRecord } from '@assay/read-model/placement/running';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import * as described from './clusters.openapi.ts';

/** The clusters that report what runs. */
@Controller('assay/clusters')
@UseGuards(FreshGuard)
export class ClustersController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<ClusterRecord>> {
    return { value: await this.lanes.page(request, (query) => clustersKnown(query, this.view.now())) };
  }
}
