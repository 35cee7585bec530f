import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { callerOf, Described, Needs, queryOf, strictly, type ArmRequest } from '@assay/http';
import type { PeriodFile } from '@assay/events';
import { Closing } from '../closing/closing.ts';
import type { Period } from '../domain/config.ts';
import { marksOf } from '../ordering.ts';
import { isPeriod } from '../read-model/period.ts';
import { CloseBody } from './orders.dto.ts';
import { refuseIncomplete } from './refusals.ts';
import * as described from './periods.openapi.ts';

export interface PeriodAnswer {
  readonly period: string;
  readonly state: Period['state'];
  readonly by: string;
  readonly why: string;
  readonly since: string;
  /** Without the storage location. */
  readonly file?: Omit<PeriodFile, 'dataref'>;
  /** Those of the subscription that is asked about. */
  readonly inScope?: Pick<PeriodFile, 'charges' | 'totals'>;
}

/** Serves the closed months. A bill covers all subscriptions, so its callers need the rights for all subscriptions. */
@Controller('assay/periods')
export class PeriodsController {
  constructor(private readonly closing: Closing) {}

  @Get()
  @Needs('charges/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<{ readonly value: readonly PeriodAnswer[] }> {
    const subscription = queryOf(request, 'subscription');
    const value: PeriodAnswer[] = [];
    for (const one of this.closing.all())
      value.push({
        ...shown(one),
        ...(subscription !== undefined && one.file ? { inScope: await this.closing.sums(one, subscription) } : {}),
      });
    return { value };
  }

  @Post(':period/close')
  @HttpCode(200)
  @Needs('charges/write')
  @Described(described.closed)
  async close(
    @Param('period') period: string,
    @Body(strictly(CloseBody)) body: unknown,
    @Req() request: ArmRequest,
  ): Promise<PeriodAnswer> {
    if (!isPeriod(period))
      throw badRequest('InvalidPeriod', 'The period must be a calendar month such as 2026-11.', { target: 'period' });
    const { why, total } = body as CloseBody;
    const order = { ...marksOf(request), by: callerOf(request).name, why, total };
    return shown({ period, ...(await refuseIncomplete(this.closing.close(period, order))) });
  }
}

const shown = ({ period, state, by, why, since, file }: Period & { readonly period: string }): PeriodAnswer => {
  if (!file) return { period, state, by, why, since };
  const { sha256, bytes, charges, totals } = file;
  return { period, state, by, why, since, file: { sha256, bytes, charges, totals } };
};
