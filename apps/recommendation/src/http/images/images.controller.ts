import { Controller, Get, Param, Req, Res, UseGuards, type StreamableFile } from '@nestjs/common';
import {
  callerOf,
  Described,
  NeedsSomewhere,
  Paging,
  queryOf,
  type ArmReply,
  type ArmRequest,
  type Caller,
  type PageOf,
  topIn,
} from '@assay/http';
import { assessmentsBelow, registriesKnown } from '../assessments/assessments.ts';
import { ofNoImage } from '@assay/read-model/intake/batch';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { registryKeyOf } from '@assay/read-model/placement/registry-keys';
import { asksFindings, filterOf, imagePage, imageSorts, type ImageTotals } from './image-list.ts';
import { runningByDigest } from '@assay/read-model/placement/running';
import { digestsOf, Images, isTerminal, type ShownImage } from './images.ts';
import { findingSorts, imageFindings } from './image-findings.ts';
import { placedIn, type PlaceFilter } from '@assay/read-model/store/place-filter';
import { below, readableBy } from '@assay/read-model/store/readable';
import { publishedSets } from './published-sets.ts';
import { View } from '@assay/read-model/view/view';
import { csvHead, wantsCsv } from '../csv.ts';
import { checkedDigest, unknownImage } from '../digest.ts';
import { formatFor } from '../reports/formats.ts';
import { asOfIn, FreshGuard } from '../fresh.guard.ts';
import { Lanes, type FileInput } from '../lanes.ts';
import { classifiedUpTo } from '../reports/results.ts';
import { findingsCsv } from './finding-columns.ts';
import { findingsIn, linkAfter, placesIn, positionAfter, sortIn, textIn } from '../list-query.ts';
import { imagesCsv } from './image-columns.ts';
import { fixIn, imagesIn } from './image-query.ts';
import { imageShown, withCorrections, type Charge } from './image.response.ts';
import { parkedHinted, parkedShown } from '../parked-events/parked.response.ts';
import { LongPolling } from './long-polling.ts';
import { notScanned, Reports } from '../reports/report.ts';
import { timelineShown, type TimelineRow } from './timeline.response.ts';
import { isAt, whereIn } from '../where.ts';
import * as described from './images.openapi.ts';

/** The charges of digests, by subscription and digest, each with its corrections. */
const chargesOf = async (query: RunQuery, digests: readonly string[]): Promise<ReadonlyMap<string, Charge>> => {
  const rows = await query<Charge & { subscriptionId: string; digest: string; time: string; of: string | null }>(
    `select charge_id as "chargeId", subscription_id as "subscriptionId", digest, amount, currency,
    charged_for as "chargedFor", price_rule as "priceRule", repository, time, correction_of as of from charges
    where digest in (select unnest(from_json($digests, '["varchar"]'))) order by time, charge_id`,
    { digests: JSON.stringify(digests) },
  );
  const corrections = Map.groupBy(rows, ({ of }) => of);
  return new Map(
    (corrections.get(null) ?? []).map(({ subscriptionId, digest, time: _time, of: _of, ...charge }) => [
      `${subscriptionId}/${digest}`,
      withCorrections(charge, corrections.get(charge.chargeId) ?? []),
    ]),
  );
};

/** Serves Assay's command line. */
@Controller('assay')
@UseGuards(FreshGuard)
export class ImagesController {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly patience: LongPolling,
    private readonly reports: Reports,
  ) {
    this.#images = new Images(view);
  }

  @Get('images')
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<(ImageTotals & PageOf<object>) | StreamableFile> {
    const [given, fix, sort] = [imagesIn(request), fixIn(request), sortIn(request, imageSorts)];
    const size = topIn(request, this.paging.pageSize);
    const times = { now: this.view.now(), staleBefore: this.view.staleBefore() };
    if (wantsCsv(request, reply)) {
      const input = { filter: given, fix, times, sort };
      return this.lanes.file(request, imagesCsv, () => ({ input }), csvHead('assay-images', this.#asOf(reply)));
    }
    const after = positionAfter(this.paging, request);
    // Conditions on findings read the findings of all images.
    const lane = fix !== undefined || asksFindings(given) ? 'walk' : 'page';
    return this.lanes[lane](request, async (query) => {
      const filter = await filterOf(query, given, fix);
      const { page, totals } = await imagePage(query, filter, times, { sort, after, size: size + 1 });
      const shown = page.slice(0, size);
      const images = await this.#images.ofIds(
        query,
        shown.map(({ id }) => id),
      );
      const last = shown.at(-1);
      return {
        value: await this.#shown(query, images, callerOf(request)),
        ...totals,
        ...(page.length > size && last ? { nextLink: linkAfter(this.paging, request, last.position) } : {}),
      };
    });
  }

  @Get('images/:digest')
  @NeedsSomewhere('findings/read')
  @Described(described.shown)
  async get(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @Param('digest') digest: string,
  ): Promise<object> {
    const caller = callerOf(request);
    const placements = await this.patience.answer(request, reply, checkedDigest(digest), async (query) => {
      const images = await this.#images.ofDigest(query, digest, readableBy(caller));
      return {
        answer: await this.#shown(query, images, caller),
        isFinal: images.length > 0 && images.every(isTerminal),
        digests: images.flatMap(digestsOf),
      };
    });
    if (placements.length === 0) throw unknownImage(digest);
    const shown = mayReadParked(caller) ? parkedShown : parkedHinted;
    const parked = this.view.parked
      .all()
      .filter(({ key }) => key === digest)
      .map((event) => shown(event));
    return { digest, placements, ...(parked.length > 0 ? { parked } : {}) };
  }

  @Get('images/:digest/findings')
  @NeedsSomewhere('findings/read')
  @Described(described.findings)
  async findings(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @Param('digest') digest: string,
  ): Promise<unknown> {
    const format = formatFor(request, reply);
    checkedDigest(digest);
    if (format === 'json' || format === 'csv') return this.#findings(request, reply, digest, format);
    return this.reports.in(format, request, digest);
  }

  async #findings(
    request: ArmRequest,
    reply: ArmReply,
    digest: string,
    format: 'json' | 'csv',
  ): Promise<PageOf<object> | StreamableFile> {
    // An image lies in no repository without a name, and all of its findings would be claimed to lie there.
    const places = { ...placesIn(request), repository: queryOf(request, 'repository') };
    const filter = { ...places, ...findingsIn(request), digest, text: textIn(request, 'q') };
    const sort = sortIn(request, findingSorts);
    const size = topIn(request, this.paging.pageSize);
    if (format === 'csv') {
      const prepare = (): Promise<FileInput<{ filter: typeof filter; sort: typeof sort }>> =>
        this.lanes.byKey(request, async (query) => {
          await this.#mustBeScanned(query, digest, places);
          return { input: { filter, sort }, from: await classifiedUpTo(query, digest) };
        });
      return this.lanes.file(
        request,
        findingsCsv,
        prepare,
        csvHead(`assay-findings-${digest.slice(-12)}`, this.#asOf(reply)),
      );
    }
    const after = positionAfter(this.paging, request);
    const { records, next, total, exempt, isKnown } = await this.lanes.byKey(request, async (query) => {
      const { known, unknown } = await mustLieIn(query, digest, places);
      const page = await imageFindings(query, filter, { sort, after, size, staleBefore: this.view.staleBefore() });
      return { ...page, isKnown: known > 0 && unknown === 0 };
    });
    return {
      value: records.map(({ finding, status, registryId, repository, demonstration }) => ({
        ...finding,
        registryId,
        repository,
        status,
        ...(demonstration ? { demonstrationDatabase: true } : {}),
      })),
      // Zero would claim that there are none.
      ...(isKnown ? { total, exempt } : {}),
      ...(next ? { nextLink: linkAfter(this.paging, request, next) } : {}),
    } as PageOf<object>;
  }

  /** @throws ArmError 404 as `mustLieIn`, 409 if the image was scanned in none of the places */
  async #mustBeScanned(query: RunQuery, digest: string, places: PlaceFilter): Promise<void> {
    const { first, known } = await mustLieIn(query, digest, places);
    if (known > 0) return;
    const [image] = await this.#images.ofIds(query, [first]);
    throw image ? notScanned(image) : unknownImage(digest);
  }

  @Get('images/:digest/sets')
  @NeedsSomewhere('findings/read')
  @Described(described.sets)
  async sets(@Req() request: ArmRequest, @Param('digest') digest: string): Promise<object> {
    const where = whereIn(request);
    checkedDigest(digest);
    return this.lanes.page(request, async (query) => {
      const images = (await this.#images.ofDigest(query, digest, where.prefixes)).filter(({ state }) =>
        isAt(state.placement, where),
      );
      if (images.length === 0) throw unknownImage(digest);
      const sets = await publishedSets(query, images);
      return { digest, sets: sets.map(({ state, set, findings }) => ({ ...state.placement, ...set, findings })) };
    });
  }

  @Get('images/:digest/inventory')
  @NeedsSomewhere('findings/read')
  @Described(described.inventory)
  inventory(@Req() request: ArmRequest, @Param('digest') digest: string): Promise<StreamableFile> {
    return this.reports.inventory(request, checkedDigest(digest));
  }

  @Get('images/:digest/timeline')
  @NeedsSomewhere('findings/read')
  @Described(described.timeline)
  async timeline(@Req() request: ArmRequest, @Param('digest') digest: string): Promise<object> {
    const caller = callerOf(request);
    const prefixes = readableBy(caller);
    const { where, values } = below('registry_key', prefixes);
    // An order about a parked event belongs to no placement, so only callers that may read all placements see it. Its
    // reason needs a permission of its own. A reassessment and a sighting belong to every placement.
    const isEverywhere = prefixes.includes('');
    // Rules, plans and confirmed sweeps concern many images. Include them for images that they changed.
    const rows = await this.lanes.byKey(request, (query) =>
      query<TimelineRow>(
        `with readable as (select image, repository, subscription_id from images where digest = $digest and ${where}),
      own as (select t.*, i.repository, i.subscription_id
        from timeline t left join readable i on i.image = t.image
        where t.digest = $digest and ($parked or t.topic <> 'operator.acted')
          and (i.image is not null or $everywhere
            or (t.topic in ('scan.reassessed', 'image.running') and exists (select 1 from readable)))),
      told as (select * from own union all by name select * from timeline where digest = '${ofNoImage}'
        and id in (select cause from own union all select correlation from own)
        and ($sweeps or topic <> 'operator.acted'))
      select topic, id, any_value(cause) as cause, any_value(correlation) as correlation, min(time) as time,
        any_value(summary) as summary, any_value(pages) as pages, any_value(trace_id) as trace_id,
        any_value(repository) as repository, any_value(subscription_id) as subscription_id
      from told group by topic, id`,
        {
          ...values,
          digest: checkedDigest(digest),
          parked: mayReadParked(caller),
          everywhere: isEverywhere,
          sweeps: caller.may('sweeps/read', 'everything'),
        },
      ),
    );
    if (rows.length === 0) throw unknownImage(digest);
    return {
      digest,
      events: timelineShown(
        rows.filter(
          ({ topic, subscription_id }) => topic !== 'usage.charged' || mayKnowCharges(caller, subscription_id ?? ''),
        ),
      ),
    };
  }

  @Get('registries')
  @NeedsSomewhere('findings/read')
  @Described(described.registries)
  async registries(@Req() request: ArmRequest): Promise<PageOf<object>> {
    const prefixes = readableBy(callerOf(request));
    return this.lanes.page(request, async (query) => {
      const assessed = new Map(
        (await assessmentsBelow(query, '', this.view.staleBefore())).map((one) => [one.registryKey, one]),
      );
      return {
        // A removed registry counts as long as its images do.
        value: (await registriesKnown(query, true))
          .filter(({ registryId }) => prefixes.some((prefix) => registryKeyOf(registryId).startsWith(prefix)))
          .filter(({ registryId, removed }) => !removed || assessed.has(registryKeyOf(registryId)))
          .map((registry) => {
            const found = assessed.get(registryKeyOf(registry.registryId));
            return { ...registry, ...(found ? { status: found.status, images: found.counts } : {}) };
          }),
      };
    });
  }

  #asOf(reply: ArmReply): number {
    return asOfIn(reply, this.view.now());
  }

  async #shown(query: RunQuery, images: readonly ShownImage[], caller: Caller): Promise<object[]> {
    const charges = await chargesOf(
      query,
      images.map(({ state }) => state.placement.digest),
    );
    const facts = {
      now: this.view.now(),
      staleBefore: this.view.staleBefore(),
      halts: (of: string) => this.view.parked.halts(of),
      haltedSince: (of: string) => this.view.parked.haltedSince(of),
    };
    const sightings = await runningByDigest(query, images.flatMap(digestsOf), facts.now);
    return images.map((image) => {
      const { subscriptionId, digest } = image.state.placement;
      return imageShown(
        image,
        mayKnowCharges(caller, subscriptionId) ? charges.get(`${subscriptionId.toLowerCase()}/${digest}`) : undefined,
        facts,
        sightings && digestsOf(image).flatMap((each) => sightings.get(each) ?? []),
      );
    });
  }
}

/** The places where an image lies. */
interface ImagePlaces {
  /** The id of one of the placements. */
  readonly first: string;
  /** Placements that were scanned. */
  readonly known: number;
  /** Placements that were not, or that are indexes. Deleted ones do not count. */
  readonly unknown: number;
}

/** @throws ArmError 404 if the image lies in none of the places */
const mustLieIn = async (query: RunQuery, digest: string, places: PlaceFilter): Promise<ImagePlaces> => {
  const { where, values } = placedIn(places);
  const [found] = await query<Omit<ImagePlaces, 'first'> & { readonly first: string | null }>(
    `select min(image::varchar) as first,
      (count(*) filter (where not deleted and coalesce(counted, false)))::integer as known,
      (count(*) filter (where not deleted and not coalesce(counted, false)))::integer as unknown
    from images where digest = $digest and ${where}`,
    { ...values, digest },
  );
  if (!found || found.first === null) throw unknownImage(digest);
  return { ...found, first: found.first };
};

/** The text of an error may contain anything that a service handled. */
export const mayReadParked = (caller: Caller): boolean => caller.may('parked/read', 'everything');

/** A charge belongs to the whole subscription, so a caller needs the permission for all of it. */
export const mayKnowCharges = (caller: Caller, subscriptionId: string): boolean =>
  caller.may('charges/read', { kind: 'subscription', subscriptionId });
