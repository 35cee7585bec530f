import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { isoTime } from '@assay/events';
import { Described, NeedsSomewhere, Paging, topIn, type ArmRequest, type PageOf } from '@assay/http';
import { keysetPage, positionIn } from '@assay/read-model/store/keyset';
import { placedIn } from '@assay/read-model/store/place-filter';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { linkAfter, placesIn, positionAfter, refused, textIn } from '../list-query.ts';
import * as described from './tags.openapi.ts';

interface TagRow {
  readonly subscriptionId: string;
  readonly registryId: string;
  readonly loginServer: string;
  readonly repository: string;
  readonly tag: string;
  readonly moves: string;
  readonly total: number;
}

interface Move {
  readonly digest: string | null;
  readonly asked: number;
  readonly origin: string;
}

/** Most moves of one tag in an answer, and most that are read for them. */
const [mostMoves, mostRead] = [50, 500];
/** Moves of a tag within this time are one, with what it named in the end, ms. */
const togetherMs = 10 * 60_000;

const keys = [{ sql: 'registry_key' }, { sql: 'repository' }, { sql: 'tag' }];

/**
 * A time, or a day of UTC, which means its end; ms since the epoch.
 * @throws ArmError 400
 */
const timeIn = (request: ArmRequest): number | undefined => {
  const given = textIn(request, 'at');
  if (given === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T23:59:59.999Z` : given;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms)) throw refused('at', 'a day or a time of UTC, such as 2026-11-24 or 2026-11-24T09:15Z', given);
  return ms;
};

/** Moves that are shown as one, the newest first. */
const together = (moves: readonly Move[]): readonly (readonly [Move, ...Move[]])[] => {
  const groups: [Move, ...Move[]][] = [];
  for (const move of moves) {
    const last = groups.at(-1);
    if (last && last[0].asked - move.asked < togetherMs) last.push(move);
    else if (groups.length < mostMoves) groups.push([move]);
    else break;
  }
  return groups;
};

/** Serves what tags name and have named. */
@Controller('assay/tags')
@UseGuards(FreshGuard)
export class TagsController {
  constructor(
    private readonly lanes: Lanes,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<object> & { readonly total: number }> {
    const [place, tag, at] = [placedIn(placesIn(request)), textIn(request, 'tag'), timeIn(request)];
    const size = topIn(request, this.paging.pageSize);
    const page = keysetPage(keys, positionAfter(this.paging, request));
    return this.lanes.page(request, async (query) => {
      const rows = await query<TagRow>(
        `with known as (
          select * from tag_moves where ${place.where} ${tag === undefined ? '' : 'and tag = $tag'}
            ${at === undefined ? '' : 'and at_ms <= $at'}),
        tags as (
          select registry_key, repository, tag, any_value(subscription_id) as "subscriptionId",
            any_value(login_server) as "loginServer", any_value(registry_id) as "registryId",
            to_json(list({'digest': digest, 'asked': asked_ms, 'origin': origin}
              order by asked_ms desc, digest desc)[:${mostRead}])::varchar as moves
          from known group by registry_key, repository, tag),
        counted as (select count(*)::integer as total from tags)
        select *, ${page.select} from tags cross join counted where ${page.where} order by ${page.orderBy}
        limit ${size + 1}`,
        {
          ...place.values,
          ...page.values,
          ...(tag === undefined ? {} : { tag }),
          ...(at === undefined ? {} : { at: BigInt(at) }),
        },
      );
      const shown = rows.slice(0, size);
      const last = shown.at(-1);
      return {
        value: shown.map(({ subscriptionId, registryId, loginServer, repository, tag: name, moves: text }) => {
          const moves = together(JSON.parse(text) as Move[]).map(([{ digest, asked, origin }, ...others]) => ({
            at: isoTime(asked),
            ...(digest === null ? {} : { digest }),
            origin,
            ...(others.length > 0 ? { times: others.length + 1 } : {}),
          }));
          const { at: since, digest } = moves[0] ?? {};
          return { subscriptionId, registryId, loginServer, repository, tag: name, digest, at: since, moves };
        }),
        total: rows[0]?.total ?? 0,
        ...(rows.length > size && last
          ? { nextLink: linkAfter(this.paging, request, positionIn({ ...last }, keys)) }
          : {}),
      };
    });
  }
}
