import { Controller, Get, Req, UseGuards } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { callerOf, Described, NeedsSomewhere, Paging, queryOf, type ArmRequest, type PageOf } from '@assay/http';
import { auditKinds, auditPage, type AuditEntry, type AuditKind } from '../../read-model/audit.ts';
import { View } from '../../read-model/read-model.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { listed } from './audit.openapi.ts';

const mostEntries = 1000;
const dayMs = 86_400_000;

/** The audit trail: what people did, from the events that name their authors. */
@Controller('assay/audit')
@UseGuards(FreshGuard)
export class AuditController {
  constructor(
    private readonly view: View,
    private readonly paging: Paging,
  ) {}

  @Get()
  @NeedsSomewhere('rules/read')
  @Described(listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<AuditEntry>> {
    const filter = {
      from: timeIn(request, 'from'),
      to: timeIn(request, 'to'),
      kinds: kindsIn(request),
      after: this.paging.position<[string, string]>(request),
    };
    const size = sizeIn(request, this.paging.pageSize);
    const found = await this.view.read((query) => auditPage(query, callerOf(request), filter, size + 1));
    const value = found.slice(0, size);
    const last = value.at(-1);
    return {
      value,
      ...(found.length > size && last ? { nextLink: this.paging.nextLink(request, [last.at, last.id]) } : {}),
    };
  }
}

const refused = (target: string, message: string): Error => badRequest('InvalidRequestContent', message, { target });

/** A day as the end of a span includes that day. */
const timeIn = (request: ArmRequest, name: 'from' | 'to'): string | undefined => {
  const text = queryOf(request, name);
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = isDay || /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(time.getTime()) || (isDay && !time.toISOString().startsWith(text)))
    throw refused(name, `${name} is a day or a time, for example 2026-11-24 or 2026-11-24T09:00:00Z.`);
  return new Date(time.getTime() + (isDay && name === 'to' ? dayMs : 0)).toISOString();
};

const kindsIn = (request: ArmRequest): readonly AuditKind[] | undefined => {
  const texts = queryOf(request, 'what')?.split(',');
  return texts?.map((text) => {
    const kind = auditKinds.find((each) => each === text.trim());
    if (kind) return kind;
    throw refused('what', `what is one or more of ${auditKinds.join(', ')}, with commas between them.`);
  });
};

const sizeIn = (request: ArmRequest, usual: number): number => {
  const text = queryOf(request, 'top');
  if (text === undefined) return usual;
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (size >= 1 && size <= mostEntries) return size;
  throw refused('top', `top is a number from 1 to ${mostEntries}.`);
};
