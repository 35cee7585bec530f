import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ArmError, badRequest, parseRegistryId } from '@assay/arm';
import {
  callerOf,
  Described,
  NeedsSomewhere,
  Paging,
  queryOf,
  reasonOf,
  topIn,
  type ArmReply,
  type ArmRequest,
  type Caller,
} from '@assay/http';
import type { EventLog } from '@assay/messaging';
import { present } from '@assay/events';
import type { Observer } from '@assay/event-sourcing';
import { counter } from '@assay/telemetry';
import { Closing } from '../closing/closing.ts';
import { readCsv } from '../export/csv.ts';
import { ExportRecords } from '../export/recording.ts';
import { Lines, profiles, reshaped, type Profile } from '../export/lines.ts';
import { tallyOf, type Tally } from '../export/tally.ts';
import { marksOf } from '../ordering.ts';
import {
  Charges,
  type Bill,
  type ChargesPosition,
  type ChargesSums,
  type UnpricedCharge,
  type ListedCharge,
} from '../read-model/charges.ts';
import { isPeriod } from '../read-model/period.ts';
import { totalsOf, totalText, type Total } from '../read-model/totals.ts';
import * as described from './charges.openapi.ts';
import { refuseIncomplete } from './refusals.ts';

const formats = ['focus-csv'] as const;

export interface ChargesAnswer {
  /** Absent if all periods were requested. */
  readonly period?: string;
  /** Of all pages, on the first one. */
  readonly totals?: readonly Total[];
  /** Number of assessments without a price on all pages, on the first one. */
  readonly waitingTotal?: number;
  readonly value: readonly ListedCharge[];
  /** Chargeable assessments without a price: no price rule covers their day. */
  readonly waiting: readonly UnpricedCharge[];
  readonly nextLink?: string;
}

/** A file, its record, and the number of assessments without a price. */
interface Export extends Tally {
  readonly text: string;
  readonly waiting: number;
}

export const chargesObserver = Symbol('who is told of exports');
export const chargesLog = Symbol('log in which exports are recorded');

@Controller('assay')
export class ChargesController {
  readonly #exports = counter('exports', 'billing');
  readonly #records: ExportRecords;

  constructor(
    private readonly charges: Charges,
    private readonly lines: Lines,
    private readonly closing: Closing,
    private readonly paging: Paging,
    @Inject(chargesObserver) private readonly observer: Pick<Observer, 'accessed'>,
    @Inject(chargesLog) log: EventLog,
  ) {
    this.#records = new ExportRecords(log);
  }

  @Get('export')
  @NeedsSomewhere('charges/read')
  @Described(described.exported)
  async export(@Req() request: ArmRequest, @Res({ passthrough: true }) reply: ArmReply): Promise<string> {
    const [format, profile, period] = [formatIn(request), profileIn(request), periodIn(request)];
    const caller = callerOf(request);
    const { text, charges, total, waiting } = await refuseIncomplete(this.#exported(caller, profile, period));
    await this.#records.record({
      period,
      by: caller.name,
      why: reasonOf(request),
      format,
      profile,
      charges,
      total,
      marks: marksOf(request),
    });
    this.observer.accessed(
      'billing',
      caller.name,
      `export of charges, ${charges} of them, ${format}, ${period ?? 'all periods'}`,
    );
    this.#exports.add(1, { format });
    reply
      .header('x-assay-charges', String(charges))
      .header('x-assay-total', total)
      .header('x-assay-waiting', String(waiting));
    reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="assay-focus-${period ?? 'all'}.csv"`);
    return text;
  }

  @Get('charges')
  @NeedsSomewhere('charges/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<ChargesAnswer> {
    const [caller, period, top] = [callerOf(request), periodIn(request), topIn(request, this.paging.pageSize)];
    const after = this.paging.position<ChargesPosition>(request);
    const filter = { period, isShown: shownTo(caller) };
    const sums = after ? undefined : await refuseIncomplete(this.charges.sums(filter));
    if (sums) this.#checkClosed(caller, period, sums);
    const { charges: value, waiting, last } = await refuseIncomplete(this.charges.page(filter, after, top));
    return {
      ...(period === undefined ? {} : { period }),
      ...(sums ? { totals: sums.shown, waitingTotal: sums.waiting } : {}),
      value,
      waiting,
      ...(last ? { nextLink: this.paging.nextLink(request, last) } : {}),
    };
  }

  /** Exports the kept file of a closed month, or a new file for any other period. */
  async #exported(caller: Caller, profile: Profile, period: string | undefined): Promise<Export> {
    const closed = this.#closed(period);
    if (closed === undefined) {
      const { charges, waiting } = shown(caller, await this.charges.of(period));
      const text = this.lines.csv(charges);
      return {
        text: profile === 'focus-1.2' ? text : reshaped(text, profile),
        charges: charges.length,
        total: totalText(totalsOf(charges)),
        waiting: waiting.length,
      };
    }
    const kept = await this.closing.file(closed);
    if (caller.may('charges/read', 'everything') && profile === 'focus-1.2') {
      const { charges, totals } = present(closed.file, 'file of the closed period');
      return { text: kept, charges, total: totalText(totals), waiting: 0 };
    }
    const isShown = shownTo(caller);
    const text = reshaped(kept, profile, ({ x_AssayRegistryId = '' }) => isShown(x_AssayRegistryId));
    return { text, ...tallyOf(readCsv(text).lines), waiting: 0 };
  }

  #closed(period: string | undefined) {
    const found = period === undefined ? undefined : this.closing.of(period);
    return found?.state === 'closed' ? found : undefined;
  }

  /** @throws ArmError 409 if the charges of a closed month differ from its file */
  #checkClosed(caller: Caller, period: string | undefined, { all }: ChargesSums): void {
    const file = this.#closed(period)?.file;
    const charges = all.reduce((sum, total) => sum + total.charges, 0);
    if (!file || (file.charges === charges && totalText(file.totals) === totalText(all))) return;
    const [are, were] = caller.may('charges/read', 'everything')
      ? [` are ${charges}, ${totalText(all)}, but it`, ` with ${file.charges}, ${totalText(file.totals)}`]
      : [' are not those with which it', ''];
    throw new ArmError(
      409,
      'ClosedPeriodDiffers',
      `The charges of the closed period ${period}${are} was closed${were}. Its export has the kept file.`,
    );
  }
}

/** Whether a caller may read the charges of a registry. */
const shownTo = (caller: Caller): ((registryId: string) => boolean) =>
  caller.may('charges/read', 'everything')
    ? () => true
    : (registryId) => caller.may('charges/read', parseRegistryId(registryId) ?? 'everything');

/** Filters to the registries that the caller may read the charges of. */
const shown = (caller: Caller, { charges, waiting }: Bill): Bill => {
  const isShown = shownTo(caller);
  return {
    charges: charges.filter(({ registryId }) => isShown(registryId)),
    waiting: waiting.filter(({ registryId }) => isShown(registryId)),
  };
};

const choiceIn = <Choice extends string>(
  request: ArmRequest,
  name: string,
  choices: readonly Choice[],
  otherwise: Choice | undefined,
  code: string,
): Choice => {
  const given = queryOf(request, name) ?? otherwise;
  if (choices.includes(given as Choice)) return given as Choice;
  throw badRequest(code, `The ${name} must be one of: ${choices.join(', ')}.`, { target: name });
};

const formatIn = (request: ArmRequest) => choiceIn(request, 'format', formats, undefined, 'UnsupportedFormat');
const profileIn = (request: ArmRequest): Profile =>
  choiceIn(request, 'profile', profiles, 'focus-1.2', 'UnsupportedProfile');

const periodIn = (request: ArmRequest): string | undefined => {
  const period = queryOf(request, 'period');
  if (period === undefined || isPeriod(period)) return period;
  throw badRequest('InvalidPeriod', 'The period must be a calendar month such as 2026-11.', { target: 'period' });
};
