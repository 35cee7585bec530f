import { Controller, Get, Param, Req, Res, UseGuards, type StreamableFile } from '@nestjs/common';
import { notFound } from '@assay/arm';
import { Described, NeedsSomewhere, Paging, type ArmReply, type ArmRequest, type PageOf, topIn } from '@assay/http';
import { imagesBeside } from '../images/image-list.ts';
import { View } from '@assay/read-model/view/view';
import type { StatusTimes } from '@assay/read-model/placement/shown-statuses';
import { vulnerabilityNamed, vulnerabilityPage, vulnerabilitySorts } from './vulnerability-list.ts';
import { csvHead, wantsCsv } from '../csv.ts';
import { asOfIn, FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { findingsIn, linkAfter, placesIn, positionAfter, sortIn, textIn } from '../list-query.ts';
import * as described from './vulnerabilities.openapi.ts';
import { vulnerabilitiesCsv } from './vulnerability-columns.ts';

/** Serves the vulnerabilities of all images that a caller may read. */
@Controller('assay/vulnerabilities')
@UseGuards(FreshGuard)
export class VulnerabilitiesController {
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
    const places = placesIn(request);
    const filter = { ...places, ...findingsIn(request), text: textIn(request, 'q') };
    const sort = sortIn(request, vulnerabilitySorts);
    const size = topIn(request, this.paging.pageSize);
    if (wantsCsv(request, reply)) {
      const head = csvHead('assay-vulnerabilities', asOfIn(reply, this.view.now()));
      return this.lanes.file(request, vulnerabilitiesCsv, () => ({ input: { filter, sort } }), head);
    }
    const after = positionAfter(this.paging, request);
    return this.lanes.walk(request, async (query) => {
      const { value, total, next } = await vulnerabilityPage(query, filter, { sort, after, size });
      return {
        value,
        total,
        ...(await imagesBeside(query, places, this.#times())),
        ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}),
      } as PageOf<object>;
    });
  }

  @Get(':id')
  @NeedsSomewhere('findings/read')
  @Described(described.shown)
  async get(@Req() request: ArmRequest, @Param('id') given: string): Promise<object> {
    // Every `%2F` of a path is a slash between its parts, so one that belongs to an id is encoded twice.
    const id = given.replaceAll(/%(2f|25)/gi, (code) => decodeURIComponent(code));
    const filter = { ...placesIn(request), ...findingsIn(request) };
    const size = topIn(request, this.paging.pageSize);
    const after = positionAfter(this.paging, request);
    const known = await this.lanes.page(request, async (query) => {
      const found = await vulnerabilityNamed(query, id, filter, { after, size });
      if (found) return found;
      const { unknownImages: unknown } = await imagesBeside(query, { prefixes: filter.prefixes }, this.#times());
      throw notFound('ResourceNotFound', noneText(id, unknown), 'id');
    });
    const { found, next, references = [], cwes = [], ...others } = known;
    return {
      ...others,
      references,
      cwes,
      images: found,
      ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}),
    };
  }

  #times(): StatusTimes {
    return { now: this.view.now(), staleBefore: this.view.staleBefore() };
  }
}

/** No finding proves nothing about an image without a result. */
const noneText = (id: string, unknown: number): string =>
  `No finding of '${id.slice(0, 100)}' is known in the images that you may read` +
  `${unknown === 0 ? '' : `; ${unknown} of them ${unknown === 1 ? 'has' : 'have'} no final result`}.`;
