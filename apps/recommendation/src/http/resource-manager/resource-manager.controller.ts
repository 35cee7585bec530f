import { Controller, Get, Inject, Optional, Param, Req, UseGuards } from '@nestjs/common';
import { checkedSubscription, notFound, sameId } from '@assay/arm';
import {
  apiVersions,
  containerRegistryApiVersions,
  Described,
  metadataApiVersions,
  NeedsNoRole,
  Paging,
  resourceGraphApiVersions,
  resourceManagerApiVersions,
  securityApiVersions,
  type ArmRequest,
  type PageOf,
} from '@assay/http';
import { AssessmentSettings } from '../assessments/settings.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { SignIn } from '../me/sign-in.ts';
import { tenantId } from '../resource-graph/catalogue.ts';
import { registries, resourceGroups, subscriptions, type Making } from '../resource-graph/rows.ts';
import { scopeIn } from '../resource-graph/scope.ts';
import * as described from './resource-manager.openapi.ts';

/** The parts of Azure that are there, with their types of resources. */
const parts = {
  'Microsoft.ContainerRegistry': { versions: containerRegistryApiVersions, types: ['registries', 'operations'] },
  'Microsoft.ResourceGraph': { versions: resourceGraphApiVersions, types: ['resources', 'operations'] },
  'Microsoft.Resources': {
    versions: resourceManagerApiVersions,
    types: ['tenants', 'providers', 'subscriptions', 'subscriptions/locations', 'resourceGroups'],
  },
  'Microsoft.Security': {
    versions: securityApiVersions,
    types: ['assessments', 'subAssessments', 'assessmentMetadata', 'pricings', 'operations'],
  },
} as const;

const writes = ['assessments/write', 'assessments/delete', 'pricings/write'];

const ofSubscription = 'subscriptions/:subscriptionId';

/**
 * Read-only routes of Azure Resource Manager that clients ask before all others: for the cloud, the tenant, the
 * subscriptions of the caller, and for the parts of Azure that are there.
 */
@Controller()
@UseGuards(apiVersions(resourceManagerApiVersions), FreshGuard)
@NeedsNoRole()
export class ResourceManagerController {
  readonly #settings: AssessmentSettings;

  constructor(
    private readonly lanes: Lanes,
    @Optional() @Inject(AssessmentSettings) settings?: AssessmentSettings,
  ) {
    this.#settings = settings ?? new AssessmentSettings();
  }

  @Get('tenants')
  @Described(described.tenants)
  tenants(): PageOf<object> {
    return { value: [{ id: `/tenants/${tenantId}`, tenantId, displayName: 'Assay' }] };
  }

  @Get('subscriptions')
  @Described(described.subscriptions)
  subscriptions(@Req() request: ArmRequest): Promise<PageOf<object>> {
    return this.#read(request, undefined, async (making) => ({ value: await subscriptionsIn(making) }));
  }

  @Get(ofSubscription)
  @Described(described.subscription)
  subscription(@Req() request: ArmRequest, @Param('subscriptionId') id: string): Promise<object | undefined> {
    return this.#read(request, id, async (making) => (await subscriptionsIn(making))[0]);
  }

  @Get(`${ofSubscription}/locations`)
  @Described(described.locations)
  locations(@Req() request: ArmRequest, @Param('subscriptionId') id: string): Promise<PageOf<object>> {
    return this.#read(request, id, async (making) => {
      const names = new Set((await registries(making)).flatMap(({ location }) => location || []));
      return {
        value: [...names].toSorted().map((name) => ({
          id: `/subscriptions/${id.toLowerCase()}/locations/${name}`,
          subscriptionId: id.toLowerCase(),
          name,
          type: 'Region',
          displayName: name,
          regionalDisplayName: name,
        })),
      };
    });
  }

  @Get(`${ofSubscription}/resourceGroups`)
  @Described(described.resourceGroups)
  resourceGroups(@Req() request: ArmRequest, @Param('subscriptionId') id: string): Promise<PageOf<object>> {
    return this.#read(request, id, async (making) => ({
      value: (await resourceGroups(making)).map(({ id: groupId, name, location, properties }) => ({
        id: groupId,
        name,
        type: 'Microsoft.Resources/resourceGroups',
        location,
        properties,
      })),
    }));
  }

  @Get(['providers', `${ofSubscription}/providers`])
  @Described(described.providersListed)
  providers(@Req() request: ArmRequest, @Param('subscriptionId') id?: string): Promise<PageOf<Provider>> {
    return this.#read(request, id, () => ({ value: providers(id) }));
  }

  @Get(['providers/:namespace', `${ofSubscription}/providers/:namespace`])
  @Described(described.provider)
  provider(
    @Req() request: ArmRequest,
    @Param('namespace') namespace: string,
    @Param('subscriptionId') id?: string,
  ): Promise<Provider> {
    return this.#read(request, id, () => {
      const found = providers(id).find((one) => sameId(one.namespace, namespace));
      if (!found) throw notFound('InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
      return found;
    });
  }

  /**
   * Reads what the caller may read, of all subscriptions or of one.
   * @throws ArmError 404 if the one does not exist, or the caller may read nothing of it
   */
  #read<T>(request: ArmRequest, id: string | undefined, answer: (making: Making) => Promise<T> | T): Promise<T> {
    const wanted = id === undefined ? undefined : [checkedSubscription(id)];
    return this.lanes.page(request, async (query) => {
      const scope = await scopeIn(query, request, this.#settings.subscriptions, wanted);
      if (wanted && scope.subscriptions.length === 0)
        throw notFound('SubscriptionNotFound', `The subscription '${wanted[0]}' could not be found.`, 'subscriptionId');
      return answer({ query, scope, settings: this.#settings });
    });
  }
}

/** The operations of parts of Azure. */
@Controller('providers')
@NeedsNoRole()
export class OperationsController {
  @Get('Microsoft.ContainerRegistry/operations')
  @UseGuards(apiVersions(containerRegistryApiVersions))
  @Described(described.operations)
  ofContainerRegistry(): PageOf<object> {
    return operationsOf('Microsoft.ContainerRegistry');
  }

  @Get('Microsoft.ResourceGraph/operations')
  @UseGuards(apiVersions(resourceGraphApiVersions))
  @Described(described.operations)
  ofResourceGraph(): PageOf<object> {
    return operationsOf('Microsoft.ResourceGraph');
  }

  @Get('Microsoft.Security/operations')
  @UseGuards(apiVersions(securityApiVersions))
  @Described(described.operations)
  ofSecurity(): PageOf<object> {
    return operationsOf('Microsoft.Security', writes);
  }
}

/** The addresses of the cloud. They need no token: clients ask for them before they can have one. */
@Controller('metadata/endpoints')
@UseGuards(apiVersions(metadataApiVersions))
export class CloudController {
  readonly #signIn: SignIn;

  constructor(
    private readonly paging: Paging,
    @Optional() @Inject(SignIn) signIn?: SignIn,
  ) {
    this.#signIn = signIn ?? new SignIn();
  }

  @Get()
  @Described(described.cloud)
  endpoints(@Req() request: ArmRequest): object {
    const base = this.paging.base(request);
    const { issuer, audience } = this.#signIn;
    return {
      name: 'Assay',
      resourceManager: `${base}/`,
      portal: `${base}/portal/`,
      authentication: {
        loginEndpoint: issuer === undefined ? `${base}/` : `${new URL(issuer).origin}/`,
        audiences: [audience ?? base],
        tenant: 'common',
        identityProvider: 'AAD',
      },
      // Terraform takes no cloud without the first, and `az acr show` none without the second.
      microsoftGraphResourceId: 'https://graph.microsoft.com/',
      suffixes: { acrLoginServer: 'azurecr.io' },
    };
  }
}

const subscriptionsIn = async (making: Making): Promise<readonly object[]> =>
  (await subscriptions(making)).map(({ id, name, subscriptionId }) => ({
    id,
    subscriptionId,
    tenantId,
    displayName: name,
    state: 'Enabled',
  }));

const operationsOf = (namespace: keyof typeof parts, more: readonly string[] = []): PageOf<object> => ({
  value: [...parts[namespace].types.map((type) => `${type}/read`), ...more].map((name) => {
    const [resource, operation] = name.split('/');
    const display = { provider: namespace, resource, operation, description: `${operation} ${resource}` };
    return { name: `${namespace}/${name}`, origin: 'user', isDataAction: false, display };
  }),
});

interface Provider {
  readonly id: string;
  readonly namespace: string;
  readonly registrationState: 'Registered';
  readonly resourceTypes: readonly object[];
}

const providers = (id?: string): readonly Provider[] =>
  Object.entries(parts).map(([namespace, { versions, types }]) => ({
    id: `${id === undefined ? '' : `/subscriptions/${id.toLowerCase()}`}/providers/${namespace}`,
    namespace,
    registrationState: 'Registered',
    resourceTypes: types.map((resourceType) => ({
      resourceType,
      locations: [],
      apiVersions: versions.toReversed(),
    })),
  }));
