import { armTime, badRequest } from '@assay/arm';
import type { AssessmentWritten } from '@assay/events';
import type { RegistryAssessment } from './assessments.ts';
import { assessmentKeys, type AzureShape } from '@assay/read-model/placement/azure';

/** The policy definition of each shape and, if known, its publish dates. */
const definitions: Readonly<
  Record<
    AzureShape,
    { readonly policy: string; readonly publishDates?: { readonly GA: string; readonly public: string } }
  >
> = {
  classic: { policy: '5f0f936f-2f01-4bf5-b6be-d423792fa562', publishDates: { GA: '08/02/2020', public: '11/04/2019' } },
  mdvm: { policy: '090c7b07-b4ed-4561-ad20-e9075f3ccaff' },
};

/** Metadata of the assessment, the same for all registries. */
export const metadataProperties = (shape: AzureShape, displayName: string): object => ({
  displayName,
  policyDefinitionId: `/providers/Microsoft.Authorization/policyDefinitions/${definitions[shape].policy}`,
  description:
    'Each image that is pushed to the registry is scanned for packages with known vulnerabilities; each ' +
    'finding names the version to upgrade to.',
  remediationDescription:
    '1. Open a finding. 2. Follow its remediation. 3. Rebuild the image and push it. 4. Delete the old one.',
  categories: ['Compute'],
  severity: 'High',
  userImpact: 'Moderate',
  implementationEffort: 'Moderate',
  threats: ['dataExfiltration', 'dataSpillage', 'elevationOfPrivilege'],
  ...(definitions[shape].publishDates ? { publishDates: definitions[shape].publishDates } : {}),
  tactics: ['Initial Access', 'Execution'],
  techniques: ['Exploit Public-Facing Application'],
  assessmentType: 'BuiltIn',
});

export const metadata = (shape: AzureShape, displayName: string, subscriptionId?: string): object => ({
  id:
    `${subscriptionId ? `/subscriptions/${subscriptionId}` : ''}/providers/Microsoft.Security/assessmentMetadata` +
    `/${assessmentKeys[shape]}`,
  name: assessmentKeys[shape],
  type: 'Microsoft.Security/assessmentMetadata',
  properties: metadataProperties(shape, displayName),
});

/** An assessment that a client wrote. */
export const writtenAssessment = ({
  resourceId,
  assessmentKey,
  displayName,
  code,
  cause,
  description,
  additionalData,
  firstEvaluatedAt,
  changedAt,
  partnerName,
}: AssessmentWritten): object => ({
  id: `${resourceId}/providers/Microsoft.Security/assessments/${assessmentKey}`,
  name: assessmentKey,
  type: 'Microsoft.Security/assessments',
  properties: {
    resourceDetails: { source: 'Azure', id: resourceId },
    displayName,
    additionalData,
    status: {
      code,
      cause,
      description,
      firstEvaluationDate: armTime(firstEvaluatedAt),
      statusChangeDate: armTime(changedAt),
    },
    ...(partnerName === undefined ? {} : { partnersData: { partnerName } }),
  },
});

const expandable = ['links', 'metadata'];

/**
 * Parses `$expand`.
 * @throws ArmError 400 for anything but links and metadata
 */
export const expansions = (expand: string | undefined): ReadonlySet<string> => {
  const names = (expand ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const unknown = names.find((name) => !expandable.includes(name));
  if (unknown !== undefined)
    throw badRequest(
      'InvalidRequestContent',
      `'${unknown.slice(0, 100)}' cannot be expanded: $expand is ${expandable.join(' or ')}, or both with a comma.`,
      { target: '$expand' },
    );
  return new Set(names);
};

/** The recommendation for a registry, as `Microsoft.Security/assessments`. */
export const assessment = (
  { registryId, status, counts, firstEvaluationDate, statusChangeDate }: RegistryAssessment,
  shape: AzureShape,
  displayName: string,
  expand: ReadonlySet<string>,
): object => {
  const assessmentKey = assessmentKeys[shape];
  const id = `${registryId}/providers/Microsoft.Security/assessments/${assessmentKey}`;
  return {
    id,
    name: assessmentKey,
    type: 'Microsoft.Security/assessments',
    properties: {
      resourceDetails: { source: 'Azure', id: registryId },
      displayName,
      status: {
        ...status,
        ...(firstEvaluationDate ? { firstEvaluationDate: armTime(firstEvaluationDate) } : {}),
        ...(statusChangeDate ? { statusChangeDate: armTime(statusChangeDate) } : {}),
      },
      // The model of typed clients maps text to text.
      additionalData: {
        subAssessmentsLink: `${id}/subAssessments`,
        ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${name}Images`, String(count)])),
      },
      ...(expand.has('links')
        ? {
            links: {
              azurePortalUri:
                'portal.azure.com/#blade/Microsoft_Azure_Security/RecommendationsBlade/assessmentKey' +
                `/${assessmentKey}`,
            },
          }
        : {}),
      ...(expand.has('metadata') ? { metadata: metadataProperties(shape, displayName) } : {}),
    },
  };
};
