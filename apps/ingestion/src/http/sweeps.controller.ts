import { randomUUID } from 'node:crypto';
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ArmError, badRequest, notFound } from '@assay/arm';
import { callerOf, clientRequestIdOf, Described, Needs, traceparentOf, type ArmRequest } from '@assay/http';
import { SweepOrders, type SweepStanding } from '../registry/sweep-orders.ts';
import { jsonIn, type IngestRequest } from './answers.ts';
import * as described from './sweeps.openapi.ts';

const mostWhy = 1000;

/** The state of the sweeps of all registries, and the order to trust a sweep that found most of a registry gone. */
@Controller('assay/sweeps')
export class SweepsController {
  constructor(private readonly orders: SweepOrders) {}

  @Get()
  @Needs('sweeps/read')
  @Described(described.listed)
  list(): { readonly value: readonly SweepStanding[] } {
    return { value: this.orders.all() };
  }

  /** Answers once the order is consumed here. The sweep follows. */
  @Post(':registry/confirm')
  @HttpCode(200)
  @Needs('sweeps/write')
  @Described(described.confirmed)
  async confirm(
    @Param('registry') registry: string,
    @Req() request: ArmRequest & IngestRequest,
  ): Promise<SweepStanding> {
    const { why } = (jsonIn(request) ?? {}) as { why?: unknown };
    if (typeof why !== 'string' || !/\S/.test(why) || why.length > mostWhy)
      throw badRequest(
        'InvalidRequestContent',
        'The request content must be an object with `why`: the reason goes into the audit trail.',
        { target: 'why' },
      );
    const standing = this.orders.of(registry);
    if (!standing) throw notFound('RegistryNotFound', 'No registry of that address is watched.');
    if (standing.gone === undefined)
      throw new ArmError(
        409,
        'NothingHeld',
        `No sweep of ${standing.loginServer} is held: there is nothing to confirm.`,
      );
    const traceparent = traceparentOf(request);
    return this.orders.confirm(
      standing,
      { by: callerOf(request).name, why },
      { id: clientRequestIdOf(request) ?? randomUUID(), now: Date.now(), ...(traceparent ? { traceparent } : {}) },
    );
  }
}
