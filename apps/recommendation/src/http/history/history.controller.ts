import { Controller, Get, Param, Req, UseGuards, type StreamableFile } from '@nestjs/common';
import { Described, NeedsSomewhere, Paging, type ArmRequest, type PageOf, topIn } from '@assay/http';
import { historyOf, type HistoryPosition } from './image-history.ts';
import { Images } from '../images/images.ts';
import { View } from '@assay/read-model/view/view';
import { checkedDigest, unknownImage } from '../digest.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes, type FileInput } from '../lanes.ts';
import { typeOf } from '../reports/formats.ts';
import { isAt, whereIn } from '../where.ts';
import * as described from './history.openapi.ts';
import { differenceFile, type ComparedMoments } from './difference-file.ts';
import { answerShown } from './history.response.ts';
import { momentIn, Moments } from './moments.ts';

/** The past of images: every answer, and what differs between two moments or two images. */
@Controller('assay')
@UseGuards(FreshGuard)
export class HistoryController {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly moments: Moments,
  ) {
    this.#images = new Images(view);
  }

  @Get('images/:digest/history')
  @NeedsSomewhere('findings/read')
  @Described(described.history)
  async history(@Req() request: ArmRequest, @Param('digest') digest: string): Promise<PageOf<object>> {
    checkedDigest(digest);
    const where = whereIn(request);
    const top = topIn(request);
    const after = this.paging.position<HistoryPosition>(request);
    return this.lanes.byKey(request, async (query) => {
      const images = (await this.#images.ofDigest(query, digest, where.prefixes)).filter(({ state }) =>
        isAt(state.placement, where),
      );
      if (images.length === 0) throw unknownImage(digest);
      const byId = new Map(images.map((image) => [image.id, image]));
      const answers = await historyOf(query, [...byId.keys()], top + 1, after);
      const last = answers[top - 1];
      return {
        value: answers.slice(0, top).map((answer) => answerShown(answer, byId.get(answer.image))),
        ...(answers.length > top && last
          ? {
              nextLink: this.paging.nextLink(request, [
                last.atMs,
                last.image,
                last.verdict,
                last.classification,
                last.id,
              ] satisfies HistoryPosition),
            }
          : {}),
      };
    });
  }

  @Get('diff')
  @NeedsSomewhere('findings/read')
  @Described(described.difference)
  difference(@Req() request: ArmRequest): Promise<StreamableFile> {
    const now = this.view.now();
    const [from, to] = [momentIn(request, 'from', now), momentIn(request, 'to', now)];
    const top = topIn(request, described.usualListed, described.mostListed);
    const prepare = async (): Promise<FileInput<ComparedMoments>> => {
      const before = await this.moments.read(request, from);
      return { input: { before, after: await this.moments.read(request, to, before.image), top } };
    };
    return this.lanes.file(request, differenceFile, prepare, { type: typeOf('json') });
  }
}
