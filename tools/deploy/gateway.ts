import { read } from './files.ts';

export const gatewayFile = 'charts/assay/files/nginx.conf';

/** The locations of the gateway's configuration, in the order in which nginx tries them; `~*` ignores case. */
export const locations = [
  ...read(gatewayFile).matchAll(/location ~\* "([^"]+)" \{\s*proxy_pass http:\/\/([\w-]+):8080;[^{}]*\}/g),
].map(([, expression, service]) => ({ path: new RegExp(expression!, 'i'), service: service! }));

const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001';
const security = `${subscription}/providers/Microsoft.Security`;

/** Paths of docs/api.md, and the service that answers each. */
export const leadingTo: readonly (readonly [path: string, service: string | undefined])[] = [
  ['/ingest/acr', 'ingestion'],
  ['/ingest/registry', 'ingestion'],
  ['/INGEST/Registry', 'ingestion'],
  [`${security}/pricings`, 'eligibility'],
  [`${security}/pricings/ContainerRegistry`, 'eligibility'],
  [`${security.toUpperCase()}/PRICINGS/containerregistry`, 'eligibility'],
  [`${security}/pricingsOfOthers`, 'recommendation'],
  [`${security}/assessments`, 'recommendation'],
  [`${subscription}/resourceGroups/pricings/providers/Microsoft.Security/subAssessments`, 'recommendation'],
  ['/providers/Microsoft.Security/assessmentMetadata', 'recommendation'],
  ['/providers/Microsoft.ResourceGraph/resources', 'recommendation'],
  ['/assay/sweeps', 'ingestion'],
  ['/assay/sweeps/myreg.azurecr.io/confirm', 'ingestion'],
  ['/assay/sweepsOfOthers', 'recommendation'],
  ['/assay/discovery', 'ingestion'],
  ['/assay/running', 'ingestion'],
  ['/assay/runningOfOthers', 'recommendation'],
  ['/assay/keys', 'ingestion'],
  ['/assay/seals', 'ingestion'],
  ['/assay/sealsOfOthers', 'recommendation'],
  ['/assay/plans', 'eligibility'],
  ['/assay/Plans/Containers', 'eligibility'],
  ['/assay/plansOfOthers', 'recommendation'],
  ['/assay/export', 'billing'],
  ['/assay/charges/', 'billing'],
  ['/assay/charges/an-id/corrections', 'billing'],
  ['/assay/periods', 'billing'],
  ['/assay/periods/2026-11/close', 'billing'],
  ['/assay/chargesOfOthers', 'recommendation'],
  ['/assay/images/sha256:00/timeline', 'recommendation'],
  ['/assay/images/sha256:00/why', 'recommendation'],
  ['/assay/services', 'recommendation'],
  ['/assay', 'recommendation'],
  ['/portal', 'recommendation'],
  ['/portal/images/sha256:00', 'recommendation'],
  ['/portals', undefined],
  ['/ingestion', undefined],
  ['/metrics', undefined],
  ['/readyz', undefined],
];
