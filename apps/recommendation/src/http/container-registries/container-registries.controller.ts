import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import { formatScope, notFound, type ScopeParams } from '@assay/arm';
import {
  apiVersions,
  containerRegistryApiVersions,
  Described,
  Needs,
  NeedsSomewhere,
  Paging,
  type ArmRequest,
  type PageOf,
} from '@assay/http';
import { registriesKnown } from '../assessments/assessments.ts';
import { registryKeyOf } from '@assay/read-model/placement/registry-keys';
import { View } from '@assay/read-model/view/view';
import { containerRegistry } from './container-registry.response.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { Scopes } from '../scopes.ts';
import * as described from './container-registries.openapi.ts';

const ofSubscription = 'subscriptions/:subscriptionId/providers/Microsoft.ContainerRegistry/registries';
const ofGroup =
  'subscriptions/:subscriptionId/resourceGroups/:resourceGroup/providers/Microsoft.ContainerRegistry/registries';

/** Watched registries, as `Microsoft.ContainerRegistry/registries`. Read-only: configuration defines them. */
@Controller()
@UseGuards(apiVersions(containerRegistryApiVersions), FreshGuard)
export class ContainerRegistriesController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    private readonly scopes: Scopes,
  ) {}

  @Get([ofSubscription, ofGroup])
  @NeedsSomewhere('findings/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest, @Param() params: ScopeParams): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request) ?? '';
    const size = this.paging.pageSize;
    return this.lanes.page(request, async (query) => {
      const { prefixes } = await this.scopes.known(query, params, request);
      const rest = (await registriesKnown(query))
        .map((registry) => ({ key: registryKeyOf(registry.registryId), registry }))
        .filter(({ key }) => key > after && prefixes.some((prefix) => key.startsWith(prefix)));
      const shown = rest.slice(0, size);
      const last = shown.at(-1);
      return {
        value: shown.map(({ registry }) => containerRegistry(registry)),
        ...(rest.length > size && last ? { nextLink: this.paging.nextLink(request, last.key) } : {}),
      };
    });
  }

  @Get(`${ofGroup}/:registry`)
  @Needs('findings/read')
  @Described(described.shown)
  async get(@Req() request: ArmRequest, @Param() params: ScopeParams): Promise<object> {
    return this.lanes.page(request, async (query) => {
      const { scope } = await this.scopes.known(query, params, request);
      const found = (await registriesKnown(query)).find(
        ({ registryId }) => registryKeyOf(registryId) === registryKeyOf(formatScope(scope)),
      );
      if (!found) throw notFound('ResourceNotFound', `The resource '${formatScope(scope)}' could not be found.`);
      return containerRegistry(found);
    });
  }
}
