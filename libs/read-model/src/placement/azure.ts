import type { StatusHead } from './placement.ts';

/**
 * Keys of the two recommendations for a registry that Azure has had. Each has its own shape: that of 2020, and that of
 * 2023.
 */
export const assessmentKeys = {
  classic: 'dbd0cb49-b563-45e7-9724-889e799fa648',
  mdvm: 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5',
} as const;

export type AzureShape = keyof typeof assessmentKeys;

/** Sorted by key, which is also the order of ids. */
export const allShapes = (Object.keys(assessmentKeys) as AzureShape[]).toSorted((a, b) =>
  assessmentKeys[a] < assessmentKeys[b] ? -1 : 1,
);

export const shapeOfKey = (key: string): AzureShape | undefined =>
  allShapes.find((shape) => assessmentKeys[shape] === key.toLowerCase());

/** Events and names use this key, even if another shape is shown. */
export const assessmentKey = assessmentKeys.classic;

/**
 * Converts the name of a record to and from a shape, by flipping the last bit of the stored name. Each shape has its
 * own names in the same order, yet only one name is stored.
 */
export const nameIn = (shape: AzureShape, name: string): string =>
  shape === 'classic' ? name : `${name.slice(0, -1)}${(Number.parseInt(name.slice(-1), 16) ^ 1).toString(16)}`;

export interface AzureStatus {
  readonly code: 'Healthy' | 'Unhealthy' | 'NotApplicable';
  readonly cause: string;
  readonly description: string;
}

/** Azure's terms for our reasons, if Azure has one. */
const causes: Readonly<Record<string, string>> = {
  'plan-disabled': 'OffByPolicy',
  'registry-not-public': 'UnsupportedRegistry',
  'cloud-not-supported': 'UnsupportedRegistry',
};

const pascal = (text: string): string =>
  text
    .split(/[-/]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

export const causeOf = (reason: string | undefined): string =>
  reason === undefined ? 'NotApplicable' : (causes[reason] ?? pascal(reason.replace(/\/.*$/s, '')));

/** The status of an active finding, given the latest recommendation for its image. */
export const findingStatus = (head: Pick<StatusHead, 'status' | 'reason'>): AzureStatus => {
  switch (head.status) {
    case 'healthy':
    case 'unhealthy':
      return { code: 'Unhealthy', cause: '', description: 'The resource is unhealthy' };
    case 'not-applicable':
      return {
        code: 'NotApplicable',
        cause: causeOf(head.reason),
        description:
          head.reason === 'untagged'
            ? 'The image lost its tags. It is still in the registry, and can be pulled by its digest.'
            : `The image is not assessed: ${head.reason ?? 'not applicable'}.`,
      };
    case 'undetermined':
      return {
        code: 'NotApplicable',
        cause: 'Undetermined',
        description: `It could not be determined whether the image is healthy: ${head.reason ?? 'unknown'}.`,
      };
    default:
      return head.status satisfies never;
  }
};

export const exemptStatus = (ruleId: string | undefined): AzureStatus => ({
  code: 'NotApplicable',
  cause: 'Exempt',
  description: ruleId ? `Disabled by the rule '${ruleId}'.` : 'Disabled by a rule.',
});

export const healthyStatus: AzureStatus = {
  code: 'Healthy',
  cause: '',
  description: 'The image was scanned and has nothing to fix.',
};
export const parkedStatus: AzureStatus = {
  code: 'NotApplicable',
  cause: 'Undetermined',
  description: 'An event of the image could not be handled yet.',
};
export const staleStatus: AzureStatus = {
  code: 'NotApplicable',
  cause: 'Undetermined',
  description: 'The last scan is too old to trust.',
};
