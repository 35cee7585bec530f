import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { callerOf, Described, NeedsSomewhere, Paging, queryOf, type ArmRequest, type PageOf, topIn } from '@assay/http';
import { auditKinds, auditPage, type AuditEntry } from '@assay/read-model/intake/audit';
import { View } from '@assay/read-model/view/view';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { refused, someIn } from '../list-query.ts';
import { listed } from './audit.openapi.ts';

const dayMs = 86_400_000;

/** The audit trail: what people did, from the events that name their authors. */
@Controller('assay/audit')
@UseGuards(FreshGuard)
export class AuditController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('rules/read')
  @Described(listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<AuditEntry>> {
    const filter = {
      from: timeIn(request, 'from'),
      to: timeIn(request, 'to'),
      kinds: someIn(request, 'what', auditKinds),
      after: this.paging.position<[string, string]>(request),
    };
    const size = topIn(request, this.paging.pageSize);
    const found = await this.lanes.page(request, (query) => auditPage(query, callerOf(request), filter, size + 1));
    const value = found.slice(0, size);
    const last = value.at(-1);
    return {
      value,
      ...(found.length > size && last ? { nextLink: this.paging.nextLink(request, [last.at, last.id]) } : {}),
    };
  }
}

/** A day as the end of a span includes that day. */
const timeIn = (request: ArmRequest, name: 'from' | 'to'): string | undefined => {
  const text = queryOf(request, name);
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = isDay || /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()) || (isDay && !time.toISOString().startsWith(text)))
    throw refused(name, 'a day or a time, such as 2026-11-24 or 2026-11-24T09:00:00Z', text);
  return new Date(time.getTime() + (isDay && name === 'to' ? dayMs : 0)).toISOString();
};
