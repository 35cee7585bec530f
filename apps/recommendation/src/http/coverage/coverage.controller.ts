import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { Described, NeedsSomewhere, Paging, queryOf, type ArmRequest, type PageOf, topIn } from '@assay/http';
import { among, type RunQuery } from '@assay/read-model/store/duckdb';
import {
  ledgerOf,
  pushesOf,
  ledgerOutcomes,
  type Ledger,
  type LedgerPush,
  type LedgerRow,
  type PushPosition,
} from '@assay/read-model/view/ledger';
import { View } from '@assay/read-model/view/view';
import { registriesByKey, registryKeysOf } from '@assay/read-model/placement/registry-keys';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { dayIn, daysIn, oneIn, readableIn } from '../list-query.ts';
import * as described from './coverage.openapi.ts';

type RowPosition = readonly [day: string, registryKey: string];

const dayMs = 24 * 60 * 60_000;

/** Accounts for every push, by registry and day, down to the images. */
@Controller('assay/coverage')
@UseGuards(FreshGuard)
export class CoverageController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.ledger)
  async ledger(@Req() request: ArmRequest): Promise<PageOf<object> & Pick<Ledger, 'total' | 'days'>> {
    const now = this.view.now();
    const days = daysIn(request, now, described.usualDays, described.mostDays);
    const top = topIn(request);
    const after = this.paging.position<RowPosition>(request);
    return this.lanes.page(request, async (query) => {
      const {
        rows,
        total,
        days: sums,
      } = await ledgerOf(query, {
        ...(await this.#where(query, request)),
        ...days,
        now,
        staleBefore: this.view.staleBefore(),
      });
      const rest = after ? rows.filter((row) => isBehind(row, after)) : rows;
      const names = await registriesByKey(query);
      const last = rest[top - 1];
      return {
        value: rest.slice(0, top).map(({ registryKey, ...row }) => ({ ...row, ...names.get(registryKey) })),
        total,
        days: sums,
        ...(rest.length > top && last
          ? { nextLink: this.paging.nextLink(request, [last.day, last.registryKey] satisfies RowPosition) }
          : {}),
      };
    });
  }

  @Get('images')
  @NeedsSomewhere('findings/read')
  @Described(described.images)
  async images(@Req() request: ArmRequest): Promise<PageOf<object> & { readonly total: number }> {
    const from = dayIn(request, 'day');
    if (from === undefined)
      throw badRequest('InvalidRequestContent', 'The query parameter `day` is required.', { target: 'day' });
    const outcome = oneIn(request, 'outcome', ledgerOutcomes);
    const reason = queryOf(request, 'reason');
    const top = topIn(request);
    const after = this.paging.position<PushPosition>(request);
    return this.lanes.page(request, async (query) => {
      const { total, pushes } = await pushesOf(
        query,
        {
          ...(await this.#where(query, request)),
          from,
          until: from + dayMs,
          now: this.view.now(),
          staleBefore: this.view.staleBefore(),
          outcome,
          reason,
        },
        top + 1,
        after,
      );
      const page = pushes.slice(0, top);
      const last = page.at(-1);
      return {
        value: await shown(query, page),
        total,
        ...(pushes.length > top && last
          ? {
              nextLink: this.paging.nextLink(request, [
                last.receivedMs,
                last.image,
                last.pushId,
              ] satisfies PushPosition),
            }
          : {}),
      };
    });
  }

  async #where(query: RunQuery, request: ArmRequest) {
    const registry = queryOf(request, 'registry');
    return {
      prefixes: readableIn(request),
      registries: registry === undefined ? undefined : await registryKeysOf(query, registry),
    };
  }
}

/** True if a row comes after a position: the newest day first, then by registry. */
const isBehind = ({ day, registryKey }: LedgerRow, [lastDay, lastKey]: RowPosition): boolean =>
  day < lastDay || (day === lastDay && registryKey > lastKey);

interface Named {
  readonly image: string;
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
}

/** The pushes with the names of their images. Every event of a push names its placement, so each has a row. */
const shown = async (query: RunQuery, pushes: readonly LedgerPush[]): Promise<object[]> => {
  const rows = await query<Named>(
    `select image::varchar as image, subscription_id as "subscriptionId", registry_id as "registryId",
      login_server as registry, repository, digest
    from images where ${among('image', [...new Set(pushes.map(({ image }) => image))])}`,
  );
  const byId = new Map(rows.map(({ image, ...named }) => [image, named]));
  return pushes.map(({ image, receivedMs, answeredMs, ...push }) => ({
    ...byId.get(image),
    ...push,
    receivedAt: new Date(receivedMs).toISOString(),
    ...(answeredMs === undefined
      ? {}
      : {
          answeredAt: new Date(answeredMs).toISOString(),
          seconds: Math.max(0, answeredMs - receivedMs) / 1000,
        }),
  }));
};
