import type { Head } from './placement.ts';

/**
 * The two recommendations on a registry that there have been, by the key that clients ask for, each with a shape of its
 * own: that of 2020, and that of 2023.
 */
export const assessmentKeys = {
  classic: 'dbd0cb49-b563-45e7-9724-889e799fa648',
  mdvm: 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5',
} as const;

export type Shape = keyof typeof assessmentKeys;

/** In the order of their keys, which is the order of ids. */
export const allShapes = (Object.keys(assessmentKeys) as Shape[]).toSorted((a, b) =>
  assessmentKeys[a] < assessmentKeys[b] ? -1 : 1,
);

export const shapeOfKey = (key: string): Shape | undefined =>
  allShapes.find((shape) => assessmentKeys[shape] === key.toLowerCase());

/** What events and names rest on, whatever is shown. */
export const assessmentKey = assessmentKeys.classic;

/**
 * What a record is called in a shape, and back: the last bit of the name in the tables is turned. So each shape has
 * names of its own, in the same order, and nothing but the one name is stored.
 */
export const nameIn = (shape: Shape, name: string): string =>
  shape === 'classic' ? name : `${name.slice(0, -1)}${(Number.parseInt(name.at(-1)!, 16) ^ 1).toString(16)}`;

export interface AzureStatus {
  readonly code: 'Healthy' | 'Unhealthy' | 'NotApplicable';
  readonly cause: string;
  readonly description: string;
}

/** Our reasons in Azure's words, where Azure has a word. */
const causes: Readonly<Record<string, string>> = {
  'plan-disabled': 'OffByPolicy',
  'registry-not-public': 'UnsupportedRegistry',
  'cloud-not-supported': 'UnsupportedRegistry',
};

const pascal = (words: string): string =>
  words
    .split(/[-/]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

export const causeOf = (reason: string | undefined): string =>
  reason === undefined ? 'NotApplicable' : (causes[reason] ?? pascal(reason.split('/', 1)[0]!));

/** How an active finding of an image counts, given the newest word on the image. */
export const findingStatus = (head: Pick<Head, 'status' | 'reason'>): AzureStatus => {
  switch (head.status) {
    case 'healthy':
    case 'unhealthy':
      return { code: 'Unhealthy', cause: '', description: 'The resource is unhealthy' };
    case 'not-applicable':
      return {
        code: 'NotApplicable',
        cause: causeOf(head.reason),
        description: `The image is not assessed: ${head.reason ?? 'not applicable'}.`,
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
  description: 'Something was said of the image that could not be taken in yet.',
};
export const staleStatus: AzureStatus = {
  code: 'NotApplicable',
  cause: 'Undetermined',
  description: 'The last scan is too old to trust.',
};
