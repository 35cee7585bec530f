import { Body, Controller, Get, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { badRequest, planNames, pricingOf, type PlanName, type Pricing } from '@assay/arm';
import {
  apiVersions,
  checkPreconditions,
  Described,
  etagOf,
  InTurn,
  Needs,
  securityApiVersions,
  reasonOf,
  type ArmReply,
  type ArmRequest,
} from '@assay/http';
import { extensionOf, hardenedImages, registryScanning, type PlanChanged, type PlanExtension } from '@assay/events';
import { knownPlan, partsOf, Plans, switchable, type PlanChange } from './plans.ts';
import { PricingBody, type PricingExtension, type PricingProperties } from './pricing.dto.ts';
import * as described from './pricings.openapi.ts';

/** Serves the plans of a subscription as Azure does. They switch Assay on and off. */
@Controller('subscriptions/:subscriptionId/providers/Microsoft.Security/pricings')
@UseGuards(apiVersions(securityApiVersions))
export class PricingsController {
  readonly #writing = new InTurn();

  constructor(private readonly plans: Plans) {}

  @Get()
  @Needs('plans/read')
  @Described(described.listed)
  list(@Param('subscriptionId') subscription: string, @Req() request: ArmRequest): { value: Pricing[] } {
    const id = this.plans.known(request, subscription);
    return { value: planNames.map((plan) => this.#pricing(id, plan)) };
  }

  @Get(':name')
  @Needs('plans/read')
  @Described(described.shown)
  get(
    @Param('subscriptionId') subscription: string,
    @Param('name') name: string,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Pricing {
    return this.#tagged(this.plans.known(request, subscription), knownPlan(name), reply);
  }

  @Put(':name')
  @Needs('plans/write')
  @Described(described.updated)
  async update(
    @Param('subscriptionId') subscription: string,
    @Param('name') name: string,
    @Body() body: PricingBody,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<Pricing> {
    const plan = knownPlan(name);
    // A missing body or a list bypasses the DTO's validation.
    const properties = (body as PricingBody | undefined)?.properties;
    if (properties?.pricingTier === undefined)
      throw badRequest('InvalidRequestContent', 'The request content must be an object with properties.pricingTier.', {
        target: 'properties',
      });
    const own = switchable(plan);
    checkExtensions(properties);
    const id = this.plans.known(request, subscription);
    return this.#writing.do(`${id}/${plan}`, async () => {
      checkPreconditions(request, etagOf(this.#pricing(id, plan)));
      await this.plans.change(request, id, own, {
        ...changeOf(properties, this.plans.of(id, plan)?.changed),
        why: reasonOf(request),
      });
      return this.#tagged(id, plan, reply);
    });
  }

  #tagged(subscription: string, plan: PlanName, reply: ArmReply): Pricing {
    const pricing = this.#pricing(subscription, plan);
    reply.header('etag', etagOf(pricing));
    return pricing;
  }

  #pricing(subscription: string, plan: PlanName): Pricing {
    const found = this.plans.of(subscription, plan)?.changed;
    return pricingOf(subscription, plan, found?.tier ?? 'Free', found?.from, found);
  }
}

/**
 * Merges a request into a plan. Absent members keep their last value, as in Azure: Terraform's updates name no
 * `subPlan`. Switching a plan off clears all members. Otherwise a later client that switches it on would see settings
 * that it never sent, and would replace the plan. A mode set by command stays, unless this request sets the extension
 * for it.
 */
const changeOf = (
  { pricingTier: tier, subPlan, extensions: given, enforce }: PricingProperties,
  before: PlanChanged | undefined,
): Omit<PlanChange, 'why'> => {
  const named = {
    ...(subPlan === undefined ? {} : { subPlan }),
    ...(given ? { extensions: given.map(plain) } : {}),
    ...(enforce === undefined ? {} : { enforce }),
  };
  const speaksOfMode = extensionOf(named, hardenedImages) !== undefined;
  return {
    tier,
    ...(before?.setMode && !speaksOfMode ? { setMode: before.setMode } : {}),
    ...(tier === 'Standard' && before ? partsOf(before) : {}),
    ...named,
  };
};

/** Drops members that only responses have. */
const plain = ({ name, isEnabled, additionalExtensionProperties }: PricingExtension): PlanExtension => ({
  name,
  isEnabled,
  ...(additionalExtensionProperties ? { additionalExtensionProperties } : {}),
});

/** The extensions are kept in an event, which every instance receives. */
const mostCharacters = 64 * 1024;

/** Refuses duplicates only of extensions that Assay evaluates. An extension that is only stored may repeat. */
const checkExtensions = ({ extensions = [] }: PricingProperties): void => {
  const twice = [hardenedImages, registryScanning].find(
    (name) => extensions.filter((extension) => extension.name.toLowerCase() === name.toLowerCase()).length > 1,
  );
  if (twice !== undefined)
    throw badRequest('InvalidRequestContent', `The extension '${twice}' is given twice.`, {
      target: 'properties.extensions',
    });
  if (JSON.stringify(extensions).length > mostCharacters)
    throw badRequest('InvalidRequestContent', `The extensions are longer than ${mostCharacters} characters.`, {
      target: 'properties.extensions',
    });
};
