import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { callerOf, Described, NeedsSomewhere, queryOf, type ArmRequest } from '@assay/http';
import { chargesByDay } from './charge-days.ts';
import { ledgerOf, type Ledger } from '@assay/read-model/view/ledger';
import { View } from '@assay/read-model/view/view';
import { narrowed, prefixOf, readableBy } from '@assay/read-model/store/readable';
import { imagesBeside } from '../images/image-list.ts';
import { agesOf, statusesByDay, type TrendDay } from './trends.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { daysIn, readableIn } from '../list-query.ts';
import * as described from './trends.openapi.ts';

/** Images by status and charges over days, ages of open findings, and times from push to result. */
@Controller('assay/trends')
@UseGuards(FreshGuard)
export class TrendsController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.trends)
  async trends(@Req() request: ArmRequest): Promise<object> {
    const [now, staleBefore] = [this.view.now(), this.view.staleBefore()];
    const fresh = await this.view.freshness();
    // Nothing is known of the days since the log was lost: the last counts must not be shown for them.
    const knownUntil = fresh.state === 'cut-off' ? Date.parse(fresh.asOf) : now;
    const days = daysIn(request, knownUntil, described.usualDays, described.mostDays);
    const prefixes = readableIn(request);
    const chargeable = chargesIn(request);
    return this.lanes.walk(request, async (query) => ({
      days: withCharges(
        await statusesByDay(query, { prefixes, ...days }),
        chargeable.length === 0 ? undefined : await chargesByDay(query, { prefixes: chargeable, ...days }),
      ),
      ages: await agesOf(query, { prefixes }, now),
      untaggedImages: (await imagesBeside(query, { prefixes }, { now, staleBefore })).untaggedImages,
      results: (await ledgerOf(query, { prefixes, ...days, now, staleBefore })).days.map(resultsOf),
    }));
  }
}

/** Prefixes of the registries whose charges the caller may read, in the `subscription` of the query, if given. */
const chargesIn = (request: ArmRequest): readonly string[] => {
  const readable = readableBy(callerOf(request), 'charges/read');
  const subscriptionId = queryOf(request, 'subscription');
  return subscriptionId === undefined
    ? readable
    : narrowed([prefixOf({ kind: 'subscription', subscriptionId })], readable);
};

/** A day without `charges` is one whose charges the caller may not read, which is not a day without any. */
const withCharges = (
  days: readonly TrendDay[],
  charges: Awaited<ReturnType<typeof chargesByDay>> | undefined,
): readonly object[] =>
  charges === undefined ? days : days.map((one) => ({ ...one, charges: charges.get(one.day) ?? [] }));

const resultsOf = ({ day, inTime, late, p50Seconds, p95Seconds, slowestSeconds }: Ledger['days'][number]): object => ({
  day,
  inTime,
  late,
  ...(p50Seconds === undefined ? {} : { p50Seconds, p95Seconds, slowestSeconds }),
});
