import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { Described, NeedsSomewhere, type ArmRequest } from '@assay/http';
import { ledgerOf, type Ledger } from '../../read-model/ledger.ts';
import { View } from '../../read-model/read-model.ts';
import { agesOf, statusesByDay } from '../../read-model/trends.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { daysIn, readableIn } from '../parameters.ts';
import * as described from './trends.openapi.ts';

/** Images by status over days, ages of open findings, and times from push to result. */
@Controller('assay/trends')
@UseGuards(FreshGuard)
export class TrendsController {
  constructor(private readonly view: View) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.trends)
  async trends(@Req() request: ArmRequest): Promise<object> {
    const now = this.view.now();
    const fresh = await this.view.freshness();
    // Nothing is known of the days since the log was lost: the last counts must not be shown for them.
    const knownUntil = fresh.state === 'cut-off' ? Date.parse(fresh.asOf) : now;
    const days = daysIn(request, knownUntil, described.usualDays, described.mostDays);
    const prefixes = readableIn(request);
    return this.view.read(async (query) => ({
      days: await statusesByDay(query, { prefixes, ...days }),
      ages: await agesOf(query, { prefixes }, now),
      results: (await ledgerOf(query, { prefixes, ...days, now })).days.map(resultsOf),
    }));
  }
}

const resultsOf = ({ day, inTime, late, p50Seconds, p95Seconds, slowestSeconds }: Ledger['days'][number]): object => ({
  day,
  inTime,
  late,
  ...(p50Seconds === undefined ? {} : { p50Seconds, p95Seconds, slowestSeconds }),
});
