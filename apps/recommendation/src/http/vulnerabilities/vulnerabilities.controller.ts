import { Controller, Get, Param, Req, Res, UseGuards, type StreamableFile } from '@nestjs/common';
import { notFound } from '@assay/arm';
import { Described, NeedsSomewhere, Paging, type ArmReply, type ArmRequest, type PageOf } from '@assay/http';
import { View } from '../../read-model/read-model.ts';
import { vulnerabilityNamed, vulnerabilityPage, vulnerabilitySorts } from '../../read-model/vulnerability-list.ts';
import { csvOf, wantsCsv } from '../csv.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { findingsIn, linkAfter, placesIn, positionAfter, sortIn, textIn, topIn } from '../list-query.ts';
import * as described from './vulnerabilities.openapi.ts';
import { vulnerabilityColumns } from './vulnerability-columns.ts';

/** Serves the vulnerabilities of all images that a caller may read. */
@Controller('assay/vulnerabilities')
@UseGuards(FreshGuard)
export class VulnerabilitiesController {
  constructor(
    private readonly view: View,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<PageOf<object> | StreamableFile> {
    const filter = { ...placesIn(request), ...findingsIn(request), text: textIn(request, 'q') };
    const sort = sortIn(request, vulnerabilitySorts);
    const size = topIn(request, this.paging.pageSize);
    if (wantsCsv(request, reply)) {
      const all = await this.view.read((query) => vulnerabilityPage(query, filter, { sort, size: mostLines }));
      return csvOf(all.value, vulnerabilityColumns, 'assay-vulnerabilities.csv');
    }
    const after = positionAfter(this.paging, request);
    const { value, total, next } = await this.view.read((query) =>
      vulnerabilityPage(query, filter, { sort, after, size }),
    );
    return { value, total, ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}) } as PageOf<object>;
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
    const known = await this.view.read((query) => vulnerabilityNamed(query, id, filter, { after, size }));
    if (!known)
      throw notFound(
        'ResourceNotFound',
        `No image that you may read has the vulnerability '${id.slice(0, 100)}'.`,
        'id',
      );
    const { found, next, references = [], cwes = [], ...others } = known;
    return {
      ...others,
      references,
      cwes,
      images: found,
      ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}),
    };
  }
}

/** No database has as many vulnerabilities. */
const mostLines = 1_000_000;
