import { Controller, Get, Req, Res, UseGuards, type StreamableFile } from '@nestjs/common';
import { severities } from '@assay/events';
import { Described, NeedsSomewhere, Paging, queryOf, type ArmReply, type ArmRequest, type PageOf } from '@assay/http';
import { fixPage, type Fix } from './fix-list.ts';
import { View } from '@assay/read-model/view/view';
import { csvOf, wantsCsv, type CsvColumn } from '../csv.ts';
import { checkedDigest } from '../digest.ts';
import { asOfIn, FreshGuard } from '../fresh.guard.ts';
import { linkAfter, placesIn, positionAfter, severityIn } from '../list-query.ts';
import { topIn } from '../parameters.ts';
import * as described from './fixes.openapi.ts';

const columns: readonly CsvColumn<Fix>[] = [
  { name: 'package', of: (fix) => fix.package },
  { name: 'type', of: ({ type }) => type },
  { name: 'system', of: ({ system }) => system },
  { name: 'fixed', of: ({ fixed }) => fixed },
  { name: 'installed', of: ({ installed }) => installed.join(' ') },
  { name: 'closes', of: ({ closes }) => closes },
  { name: 'of', of: ({ of }) => of },
  { name: 'images', of: ({ images }) => images },
  ...severities.map((severity) => ({
    name: severity.toLowerCase(),
    of: ({ bySeverity }: Fix) => Number(bySeverity[severity]),
  })),
  { name: 'repositories', of: ({ repositories }) => repositories.join(' ') },
  { name: 'repositoryCount', of: ({ repositoryCount }) => repositoryCount },
];

/** There are fewer packages. */
const mostLines = 1_000_000;

/** Serves findings grouped by the upgrade that closes them. */
@Controller('assay/fixes')
@UseGuards(FreshGuard)
export class FixesController {
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
    const digest = queryOf(request, 'digest');
    const filter = {
      ...placesIn(request),
      severity: severityIn(request),
      ...(digest === undefined ? {} : { digest: checkedDigest(digest) }),
    };
    const size = topIn(request, this.paging.pageSize);
    if (wantsCsv(request, reply)) {
      const all = await this.view.read((query) => fixPage(query, filter, { size: mostLines }));
      return csvOf(all.value, columns, { name: 'assay-fixes', asOf: asOfIn(reply, this.view.now()) });
    }
    const after = positionAfter(this.paging, request);
    const { value, total, next } = await this.view.read((query) => fixPage(query, filter, { after, size }));
    return { value, total, ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}) } as PageOf<object>;
  }
}
