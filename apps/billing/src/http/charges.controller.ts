import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { badRequest, callerOf, Described, NeedsSomewhere, parseRegistryId, queryOf, type ArmReply, type ArmRequest } from '@assay/arm';
import type { UsageCharged } from '@assay/events';
import type { Observer } from '@assay/event-sourcing';
import { focusCsv } from '../export/focus.ts';
import { Charges } from '../projection/charges.ts';
import { isPeriod } from '../projection/period.ts';
import { totalsOf, type Total } from '../projection/totals.ts';
import * as described from './charges.described.ts';

const formats: Readonly<Record<string, (charges: readonly UsageCharged[]) => string>> = { 'focus-csv': focusCsv };

export interface ChargesAnswer {
  /** Absent where all periods were asked for. */
  readonly period?: string;
  readonly totals: readonly Total[];
  readonly value: readonly UsageCharged[];
}

export const chargesObserver = Symbol('who is told of exports');

@Controller('assay')
export class ChargesController {
  constructor(private readonly charges: Charges, @Inject(chargesObserver) private readonly observer: Pick<Observer, 'accessed'>) {}

  @Get('export')
  @NeedsSomewhere('charges/read')
  @Described(described.exported)
  async export(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Promise<string> {
    const format = formatIn(request);
    const period = periodIn(request);
    const charges = await this.#shown(request, period);
    const text = formats[format]!(charges);
    this.observer.accessed('billing', callerOf(request).name, `export of charges, ${charges.length} of them, ${format}, ${period ?? 'all periods'}`);
    reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', `attachment; filename="assay-focus-${period ?? 'all'}.csv"`);
    return text;
  }

  @Get('charges')
  @NeedsSomewhere('charges/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<ChargesAnswer> {
    const period = periodIn(request);
    const value = await this.#shown(request, period);
    return { ...(period === undefined ? {} : { period }), totals: totalsOf(value), value };
  }

  /** Those of what the caller may know the charges of. */
  async #shown(request: ArmRequest, period: string | undefined): Promise<readonly UsageCharged[]> {
    const caller = callerOf(request);
    const charges = await this.charges.of(period);
    return caller.may('charges/read', 'everything') ? charges : charges.filter(({ registryId }) => caller.may('charges/read', parseRegistryId(registryId) ?? 'everything'));
  }
}

const formatIn = (request: ArmRequest): string => {
  const format = queryOf(request, 'format');
  if (format !== undefined && Object.hasOwn(formats, format)) return format;
  throw badRequest('UnsupportedFormat', `The format must be one of: ${Object.keys(formats).join(', ')}.`, { target: 'format' });
};

const periodIn = (request: ArmRequest): string | undefined => {
  const period = queryOf(request, 'period');
  if (period === undefined || isPeriod(period)) return period;
  throw badRequest('InvalidPeriod', 'The period must be a calendar month such as 2026-11.', { target: 'period' });
};
