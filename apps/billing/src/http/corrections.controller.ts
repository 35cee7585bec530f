import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { parseRegistryId } from '@assay/arm';
import { callerOf, demand, Described, NeedsSomewhere, strictly, type ArmReply, type ArmRequest } from '@assay/http';
import type { UsageCharged } from '@assay/events';
import { Correcting } from '../correcting/correcting.ts';
import { marksOf } from '../ordering.ts';
import { CorrectionBody } from './orders.dto.ts';
import { refuseIncomplete } from './refusals.ts';
import * as described from './corrections.openapi.ts';

/** Serves corrections and credits. A charge is never changed: another line gives an amount back or adds one. */
@Controller('assay/charges/:chargeId/corrections')
export class CorrectionsController {
  constructor(private readonly correcting: Correcting) {}

  @Post()
  @HttpCode(200)
  @NeedsSomewhere('charges/write')
  @Described(described.corrected)
  async correct(
    @Param('chargeId') chargeId: string,
    @Body(strictly(CorrectionBody)) body: unknown,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<UsageCharged | { readonly chargeId: string; readonly outcome: 'ordered' }> {
    const { amount, why } = body as CorrectionBody;
    const caller = callerOf(request);
    const charge = await refuseIncomplete(this.correcting.charge(chargeId));
    demand(caller, 'charges/write', parseRegistryId(charge[0].registryId) ?? 'everything');
    const correction = await refuseIncomplete(
      this.correcting.correct(charge, { ...marksOf(request), amount, by: caller.name, why }),
    );
    if (correction) return correction;
    reply.code(202);
    return { chargeId, outcome: 'ordered' };
  }
}
