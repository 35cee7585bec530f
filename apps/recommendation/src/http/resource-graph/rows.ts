import type { TablePart } from '@assay/kusto';
import { planNames, pricingOf } from '@assay/arm';
import { at, type PlanChanged, type RegistryObserved } from '@assay/events';
import { assessment, writtenAssessment } from '../assessments/assessment.response.ts';
import type { AssessmentSettings } from '../assessments/settings.ts';
import { assessmentsBelow } from '../assessments/assessments.ts';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { writtenBelow } from '../assessments/written-assessments.ts';
import { isWithin, type GraphScope } from './scope.ts';

/** Inputs of made rows besides the tables. */
export interface Making {
  readonly query: RunQuery;
  readonly scope: GraphScope;
  readonly settings: AssessmentSettings;
}

/** Also when assessments of earlier databases are stale, ms since the epoch. */
export interface DatedMaking extends Making {
  readonly staleBefore: number;
}

export interface GraphRow {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
  readonly location?: string;
  readonly sku?: unknown;
  readonly tags?: unknown;
  readonly properties: unknown;
}

const groupOf = (id: string): string => /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(id)?.[1] ?? '';
const subscriptionOf = (id: string): string => at(id.split('/'), 2).toLowerCase();

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly properties: {
    readonly status: { readonly code: string; readonly cause: string; readonly description: string };
  };
}

/** The differences of the table from the REST API, for the same assessment. */
const assessmentRow = (shown: Shown, resourceId: string): GraphRow => {
  const { code, cause, description } = shown.properties.status;
  const [provider = '', type = ''] = resourceId.split('/providers/')[1]?.split('/') ?? [];
  return {
    id: shown.id,
    name: shown.name,
    subscriptionId: subscriptionOf(resourceId),
    resourceGroup: groupOf(resourceId),
    location: 'global',
    properties: {
      ...shown.properties,
      resourceDetails: {
        Source: 'Azure',
        Id: resourceId,
        ResourceType: type,
        ResourceName: resourceId.split('/').at(-1),
        ResourceProvider: provider,
      },
      links: {
        azurePortal:
          'portal.azure.com/#blade/Microsoft_Azure_Security' + `/RecommendationsBlade/assessmentKey/${shown.name}`,
      },
      statusPerInitiative: [{ policyInitiativeName: 'ASC Default', assessmentStatus: { code, cause, description } }],
    },
  };
};

const assessments = async ({ query, scope: { prefixes }, settings, staleBefore }: DatedMaking): Promise<GraphRow[]> => {
  const rows: GraphRow[] = [];
  for (const prefix of prefixes) {
    for (const one of await assessmentsBelow(query, prefix, staleBefore)) {
      for (const shape of settings.shapesOf(subscriptionOf(one.registryId)))
        rows.push(
          assessmentRow(
            assessment(one, shape, settings.displayNames[shape], new Set(['metadata'])) as Shown,
            one.registryId,
          ),
        );
    }
    for (const one of await writtenBelow(query, prefix))
      rows.push(assessmentRow(writtenAssessment(one) as Shown, one.resourceId));
  }
  return rows;
};

/** Plans belong to a whole subscription. */
const pricings = async ({ query, scope: { plans, subscriptions: known } }: Making): Promise<GraphRow[]> => {
  const switches = (await query<{ data: string }>('select data from plans')).map(
    ({ data }) => JSON.parse(data) as PlanChanged,
  );
  return known
    .filter((id) => isWithin(`/subscriptions/${id}`, plans))
    .flatMap((subscriptionId) =>
      planNames.map((plan) => {
        const found = switches.find((one) => one.subscriptionId.toLowerCase() === subscriptionId && one.plan === plan);
        const { id, name, properties } = pricingOf(subscriptionId, plan, found?.tier ?? 'Free', found?.from, found);
        return { id, name, subscriptionId, location: 'global', properties };
      }),
    );
};

interface Registry {
  readonly id: string;
  readonly loginServer: string;
  readonly observed: RegistryObserved | undefined;
}

const registriesKnown = async ({ query, scope: { prefixes } }: Making): Promise<Registry[]> => {
  const rows = await query<{
    id: string;
    login_server: string;
    data: string | null;
  }>(`select coalesce(r.registry_id, i.registry_id) as id, i.login_server, r.data
    from (select * from registries where not removed) r
    full join (select registry_key, any_value(registry_id) as registry_id, any_value(login_server) as login_server
      from images where not deleted group by registry_key) i using (registry_key) order by 1`);
  return rows
    .filter(({ id }) => isWithin(id, prefixes))
    .map(({ id, login_server, data }) => {
      const observed = data === null ? undefined : (JSON.parse(data) as RegistryObserved);
      return { id, loginServer: observed?.loginServer ?? login_server, observed };
    });
};

export const registries = async (making: Making): Promise<GraphRow[]> =>
  (await registriesKnown(making)).map(({ id, loginServer, observed }) => ({
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    subscriptionId: subscriptionOf(id),
    resourceGroup: groupOf(id),
    location: observed?.location ?? '',
    ...(observed?.sku ? { sku: { name: observed.sku, tier: observed.sku } } : {}),
    ...(observed ? { tags: observed.tags } : {}),
    properties: {
      loginServer,
      ...(observed ? { publicNetworkAccess: observed.networkAccess === 'public' ? 'Enabled' : 'Disabled' } : {}),
    },
  }));

export const subscriptions = async ({ query, scope, settings }: Making): Promise<GraphRow[]> => {
  const observed = (
    await query<{ data: string }>('select data from registries where not removed order by registry_key')
  ).map(({ data }) => JSON.parse(data) as RegistryObserved);
  const listed = await query<{ id: string; name: string }>(
    'select subscription_id as id, name from subscriptions where not removed',
  );
  const names = new Map(listed.map(({ id, name }) => [id, name]));
  return scope.subscriptions.map((subscriptionId) => {
    const displayName =
      settings.subscriptions[subscriptionId] ??
      names.get(subscriptionId) ??
      observed.find((one) => one.subscriptionId.toLowerCase() === subscriptionId && one.subscriptionName !== '')
        ?.subscriptionName ??
      subscriptionId;
    return {
      id: `/subscriptions/${subscriptionId}`,
      name: displayName,
      subscriptionId,
      properties: { displayName, state: 'Enabled' },
    };
  });
};

export const resourceGroups = async (making: Making): Promise<GraphRow[]> => {
  const groups = new Map(
    (await registriesKnown(making)).map(({ id, observed }) => [
      id.split('/').slice(0, 5).join('/').toLowerCase(),
      { id: id.split('/').slice(0, 5).join('/'), location: observed?.location ?? '' },
    ]),
  );
  return [...groups.values()].map(({ id, location }) => ({
    id,
    name: groupOf(id),
    subscriptionId: subscriptionOf(id),
    resourceGroup: groupOf(id),
    location,
    properties: { provisioningState: 'Succeeded' },
  }));
};

interface Made {
  readonly part: TablePart;
  readonly parameter: string;
  readonly make: (making: DatedMaking) => Promise<readonly GraphRow[]>;
}

/**
 * Rows that are few. They are made in one place for all APIs from what the caller may read, and passed to the query as
 * one parameter.
 */
const made = (name: string, type: string, make: Made['make']): Made => {
  const parameter = name.replaceAll('-', '_');
  const fields = {
    id: 'varchar',
    name: 'varchar',
    location: 'varchar',
    resourceGroup: 'varchar',
    subscriptionId: 'varchar',
    sku: 'json',
    tags: 'json',
    properties: 'json',
  };
  const json = (column: string) => ({ type: 'dynamic' as const, sql: `m.${column}` });
  const text = (column: string) => ({ type: 'string' as const, sql: `coalesce(m.${column}, '')` });
  return {
    parameter,
    make,
    part: {
      name,
      from: `(select r.* from (select unnest(from_json($${parameter}, '[${JSON.stringify(fields)}]')) as r)) m`,
      alias: 'm',
      identity: ['m.id'],
      columns: {
        id: text('id'),
        name: text('name'),
        type: { type: 'string', constant: type },
        location: text('location'),
        resourceGroup: { type: 'string', sql: "lower(coalesce(m.resourceGroup, ''))" },
        subscriptionId: text('subscriptionId'),
        sku: json('sku'),
        tags: json('tags'),
        properties: json('properties'),
      },
    },
  };
};

export const madeRows = {
  assessments: made('assessments', 'microsoft.security/assessments', assessments),
  pricings: made('pricings', 'microsoft.security/pricings', pricings),
  registries: made('registry-resources', 'microsoft.containerregistry/registries', registries),
  subscriptions: made('subscription-containers', 'microsoft.resources/subscriptions', subscriptions),
  resourceGroups: made('resource-groups', 'microsoft.resources/subscriptions/resourcegroups', resourceGroups),
} as const;
