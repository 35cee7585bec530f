import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { Described, NeedsSomewhere, topIn, type ArmRequest } from '@assay/http';
import { registryKeyOf } from '@assay/read-model/placement/registry-keys';
import { View } from '@assay/read-model/view/view';
import { registriesKnown } from '../assessments/assessments.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { imagePage, imagesBeside } from '../images/image-list.ts';
import { Lanes } from '../lanes.ts';
import { placesIn, readableIn, refused, textIn } from '../list-query.ts';
import { vulnerabilityPage } from '../vulnerabilities/vulnerability-list.ts';
import { namesOf, packagesWith } from './search.ts';
import * as described from './search.openapi.ts';

/** Finds a text in the names of all that a caller may read. */
@Controller('assay/search')
@UseGuards(FreshGuard)
export class SearchController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.found)
  async search(@Req() request: ArmRequest): Promise<object> {
    const text = textIn(request, 'q')?.trim() ?? '';
    if (text === '') throw refused('q', 'a text to look for', text);
    const size = topIn(request, described.usualHits, described.mostHits);
    const [places, readable] = [placesIn(request), readableIn(request)];
    const times = { now: this.view.now(), staleBefore: this.view.staleBefore() };
    return this.lanes.walk(request, async (query) => {
      const packages = await packagesWith(query, places, text, size);
      const { value, total } = await vulnerabilityPage(query, { ...places, text }, { size });
      const sort = { by: 'critical', descending: true } as const;
      const { page, totals } = await imagePage(query, { ...places, text }, times, { sort, size });
      const names = await namesOf(
        query,
        page.map(({ id }) => id),
      );
      const registries = (await registriesKnown(query, true)).filter(
        ({ registryId, loginServer }) =>
          `${registryId}\n${loginServer}`.toLowerCase().includes(text.toLowerCase()) &&
          readable.some((prefix) => registryKeyOf(registryId).startsWith(prefix)),
      );
      return {
        packages,
        vulnerabilities: { value, total },
        images: { value: names, total: totals.total },
        registries: {
          value: registries.slice(0, size).map(({ registryId, loginServer }) => ({ registryId, loginServer })),
          total: registries.length,
        },
        ...(await imagesBeside(query, places, times)),
      };
    });
  }
}
