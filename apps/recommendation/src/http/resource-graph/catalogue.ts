import type { Catalogue, TablePart, Table } from '@assay/kusto';
import { allShapes } from '@assay/read-model/placement/azure';
import { findingsIn } from './findings.ts';
import { madeRows } from './rows.ts';

const texts = ['id', 'name', 'type', 'tenantId', 'kind', 'location', 'resourceGroup', 'subscriptionId', 'managedBy'];
const dynamics = ['sku', 'plan', 'properties', 'tags', 'identity', 'zones', 'extendedLocation'];

const columns = [
  ...texts.map((name) => ({ name, type: 'string' as const })),
  ...dynamics.map((name) => ({ name, type: 'dynamic' as const })),
];

/** Assay has no tenants: all its data belongs to one. */
export const tenantId = '00000000-0000-0000-0000-000000000000';

const table = (name: string, parts: readonly TablePart[]): Table => ({
  name,
  columns,
  parts: parts.map((part) => ({
    ...part,
    columns: { ...part.columns, tenantId: { type: 'string', constant: tenantId } },
  })),
});

/** The tables that queries can use. */
export const catalogue: Catalogue = {
  defaultTable: 'resources',
  tables: [
    table('securityresources', [madeRows.assessments.part, ...allShapes.map(findingsIn), madeRows.pricings.part]),
    table('resources', [madeRows.registries.part]),
    table('resourcecontainers', [madeRows.subscriptions.part, madeRows.resourceGroups.part]),
  ],
};
