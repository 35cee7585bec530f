import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { Described, NeedsSomewhere, Paging, type ArmRequest, type PageOf } from '@assay/http';
import { differenceOf, packageDifference } from '../../domain/difference.ts';
import { historyOf, type HistoryPosition } from './image-history.ts';
import { Images } from '../images/images.ts';
import { View } from '@assay/read-model/view/view';
import { descriptionsOf } from '@assay/read-model/intake/vulnerabilities';
import { checkedDigest, unknownImage } from '../digest.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { topIn } from '../parameters.ts';
import { isAt, whereIn } from '../where.ts';
import * as described from './history.openapi.ts';
import { answerShown, findingShown, momentShown, packagesShown } from './history.response.ts';
import { momentIn, Moments } from './moments.ts';

/** The past of images: every answer, and what differs between two moments or two images. */
@Controller('assay')
@UseGuards(FreshGuard)
export class HistoryController {
  readonly #images: Images;

  constructor(
    private readonly view: View,
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
    return this.view.read(async (query) => {
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
  async difference(@Req() request: ArmRequest): Promise<object> {
    const now = this.view.now();
    const [from, to] = [momentIn(request, 'from', now), momentIn(request, 'to', now)];
    const where = whereIn(request);
    const top = topIn(request, described.usualListed, described.mostListed);
    const before = await this.moments.read(from, where);
    const after = await this.moments.read(to, where, before.image);
    const { gone, added, changed, same } = differenceOf(before, after);
    const shown = { gone: gone.slice(0, top), added: added.slice(0, top), changed: changed.slice(0, top) };
    const listed = [
      ...[...shown.gone, ...shown.added].map(({ finding }) => finding),
      ...shown.changed.map((pair) => pair.after),
    ];
    const titles = await this.view.read((query) =>
      descriptionsOf(
        query,
        listed.map(({ vulnerability }) => vulnerability),
      ),
    );
    return {
      from: momentShown(before),
      to: momentShown(after),
      counts: { gone: gone.length, new: added.length, changed: changed.length, same },
      gone: shown.gone.map(({ finding, ...why }) => ({ ...findingShown(finding, titles), ...why })),
      new: shown.added.map(({ finding, ...why }) => ({ ...findingShown(finding, titles), ...why })),
      changed: shown.changed.map((pair) => ({
        before: findingShown(pair.before, titles),
        after: findingShown(pair.after, titles),
      })),
      same,
      ...(before.packages && after.packages
        ? { packages: packagesShown(packageDifference(before.packages, after.packages), top) }
        : {}),
    };
  }
}
