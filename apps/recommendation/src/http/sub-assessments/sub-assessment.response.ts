import { armTime } from '@assay/arm';
import { assessmentKeys, type AzureShape } from '@assay/read-model/placement/azure';
import type { FindingRecord } from './sub-assessments.ts';
import { classicProperties } from './classic.response.ts';
import { mdvmProperties } from './mdvm.response.ts';

const properties: Readonly<Record<AzureShape, (record: FindingRecord) => object>> = {
  classic: classicProperties,
  mdvm: mdvmProperties,
};

/** A record as `Microsoft.Security/assessments/subAssessments`. */
export const subAssessment = (record: FindingRecord): object => ({
  id:
    `${record.registryId}/providers/Microsoft.Security/assessments/${assessmentKeys[record.shape]}/subAssessments` +
    `/${record.name}`,
  name: record.name,
  type: 'Microsoft.Security/assessments/subAssessments',
  properties: {
    ...properties[record.shape](record),
    timeGenerated: armTime(record.generatedAt),
    resourceDetails: { source: 'Azure', id: `/repositories/${record.repository}/images/${record.digest}` },
  },
});
