import { Controller, Get, Req, Res, UseGuards, type StreamableFile } from '@nestjs/common';
import {
  Described,
  NeedsSomewhere,
  Paging,
  queryOf,
  type ArmReply,
  type ArmRequest,
  type PageOf,
  topIn,
} from '@assay/http';
import { fixesCsv } from './fix-columns.ts';
import { fixPage } from './fix-list.ts';
import { imagesBeside } from '../images/image-list.ts';
import { View } from '@assay/read-model/view/view';
import { csvHead, wantsCsv } from '../csv.ts';
import { checkedDigest } from '../digest.ts';
import { asOfIn, FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { linkAfter, placesIn, positionAfter, severityIn } from '../list-query.ts';
import * as described from './fixes.openapi.ts';

/** Serves findings grouped by the upgrade that closes them. */
@Controller('assay/fixes')
@UseGuards(FreshGuard)
export class FixesController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<PageOf<object> | StreamableFile> {
    const digest = queryOf(request, 'digest');
    const places = placesIn(request);
    const filter = {
      ...places,
      severity: severityIn(request),
      now: this.view.now(),
      ...(digest === undefined ? {} : { digest: checkedDigest(digest) }),
    };
    const size = topIn(request, this.paging.pageSize);
    if (wantsCsv(request, reply))
      return this.lanes.file(
        request,
        fixesCsv,
        () => ({ input: filter }),
        csvHead('assay-fixes', asOfIn(reply, this.view.now())),
      );
    const after = positionAfter(this.paging, request);
    const times = { now: filter.now, staleBefore: this.view.staleBefore() };
    return this.lanes.walk(request, async (query) => {
      const { value, total, next } = await fixPage(query, filter, { after, size });
      return {
        value,
        total,
        ...(await imagesBeside(query, places, times)),
        ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}),
      } as PageOf<object>;
    });
  }
}
