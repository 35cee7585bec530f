import { randomUUID } from 'node:crypto';
import { Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { derivedId, type RegistryObserved } from '@assay/events';
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
    const { why } = whyIn(request);
    const standing = this.orders.of(registry);
    if (!standing) throw notFound('RegistryNotFound', 'No registry of that address is watched.');
    if (standing.gone === undefined)
      throw new ArmError(
        409,
        'NothingHeld',
        `No sweep of ${standing.loginServer} is held: there is nothing to confirm.`,
      );
    return this.orders.confirm(standing, { by: callerOf(request).name, why }, { ...marksOf(request), now: Date.now() });
  }

  /** Decides on the images of a registry that the configuration names no more. Answers once that is consumed here. */
  @Post(':registry/removed')
  @HttpCode(200)
  @Needs('sweeps/write')
  @Described(described.removed)
  async removed(
    @Param('registry') name: string,
    @Req() request: ArmRequest & IngestRequest,
  ): Promise<{ readonly value: readonly RegistryObserved[] }> {
    const { why, images } = whyIn(request);
    if (images !== 'keep' && images !== 'close')
      throw badRequest('InvalidRequestContent', "`images` must be 'keep' or 'close'.", { target: 'images' });
    const registries = this.orders.removed(name);
    if (registries.length === 0)
      throw this.orders.of(name)
        ? new ArmError(409, 'RegistryWatched', `${name} is watched. Take it out of ASSAY_REGISTRIES, and restart.`)
        : notFound('RegistryNotFound', 'No registry of that address was removed.');
    if (images === 'keep' && registries.some(({ removedImages }) => removedImages === 'close'))
      throw new ArmError(
        409,
        'RegistryClosed',
        `The images of ${name} are closed already. Declare the registry again to have them assessed.`,
      );
    const marks = marksOf(request);
    const decided = { removedImages: images, by: callerOf(request).name, why } as const;
    return {
      value: await Promise.all(
        registries.map((each) =>
          this.orders.close(each, decided, {
            ...marks,
            id: derivedId('registry-removed', marks.id, each.registryId.toLowerCase(), images),
          }),
        ),
      ),
    };
  }
}

/**
 * The content of an order, with its reason.
 * @throws ArmError 400
 */
export const whyIn = (request: IngestRequest): { readonly why: string; readonly images?: unknown } => {
  const content = (jsonIn(request) ?? {}) as { why?: unknown; images?: unknown };
  const { why } = content;
  if (typeof why !== 'string' || !/\S/.test(why) || why.length > mostWhy)
    throw badRequest(
      'InvalidRequestContent',
      'The request content must be an object with `why`: the reason goes into the audit trail.',
      { target: 'why' },
    );
  return { ...content, why };
};

/** The id of an order, and the trace of its request. */
export const marksOf = (request: ArmRequest): { readonly id: string; readonly traceparent?: string } => {
  const traceparent = traceparentOf(request);
  return { id: clientRequestIdOf(request) ?? randomUUID(), ...(traceparent ? { traceparent } : {}) };
};
