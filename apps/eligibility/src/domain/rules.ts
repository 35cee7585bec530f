import { present, type Facts, type ImagePushed } from '@assay/events';
import type { KnownRegistry } from './state.ts';

/** Input of a rule. */
export interface Case {
  readonly push: ImagePushed;
  readonly registry: KnownRegistry;
  readonly deleted: boolean;
  /** True if a plan of the subscription scans. */
  readonly planOn: boolean;
}

/** Reason to scan nothing, as in the event. */
export interface DeclineReason {
  readonly status: 'not-applicable' | 'undetermined';
  readonly reason: string;
  readonly message: string;
}

/** The inputs that may move, and change a verdict with that. */
export type VerdictInput = 'push' | 'deletion' | 'plan' | 'mode' | 'registry';

interface Rule {
  /** A function if the reason depends on the case. */
  readonly reason: string | ((refused: Case) => string);
  readonly status?: 'undetermined';
  readonly message: string | ((refused: Case) => string);
  /** The input that it looks at; absent for the push. */
  readonly by?: VerdictInput;
  readonly refuses: (input: Case) => boolean;
}

/** Registries of national clouds are recognized by their domain. */
const nationalClouds = /\.azurecr\.(us|cn|de)(:\d+)?$/i;
/** Declared bytes above which an image is not pulled. */
const mostBytes = 20 * 2 ** 30;

/** True for an index with at least one image. */
export const listsImages = ({ facts: of }: ImagePushed): boolean =>
  of?.kind === 'index' && of.children?.some(({ kind }) => kind === 'image') === true;

const facts = ({ push }: Case): Partial<Facts> => push.facts ?? {};

const inspectionText = ({ unasked, attempts, message, trying }: NonNullable<ImagePushed['inspection']>): string =>
  (unasked
    ? 'The manifest was not asked for yet, since its registry is left alone'
    : `The manifest could not be read after ${attempts} tries`) + `: ${message}${trying ? '; it is tried again' : ''}`;

/**
 * The first matching rule counts. Rules that need no manifest come first. The place of a registry excludes it with
 * any plan.
 */
const rules: readonly Rule[] = [
  {
    reason: 'image-deleted',
    by: 'deletion',
    refuses: ({ deleted }) => deleted,
    message: 'The image is not, or no longer, in its registry.',
  },
  {
    reason: 'registry-removed',
    by: 'registry',
    refuses: ({ registry }) => registry.closed,
    message: 'The registry is not watched any more, and its images were closed.',
  },
  {
    reason: 'plan-disabled',
    by: 'plan',
    refuses: ({ planOn }) => !planOn,
    message:
      'No plan of the subscription scans its registries. Switch ContainerRegistry or Containers to Standard ' +
      'to have its images assessed.',
  },
  {
    reason: 'cloud-not-supported',
    by: 'registry',
    refuses: ({ registry }) => registry.cloud !== 'AzureCloud' || nationalClouds.test(registry.loginServer),
    message: 'Registries of national clouds are not assessed.',
  },
  {
    reason: 'registry-not-public',
    by: 'registry',
    refuses: ({ registry }) => registry.networkAccess === 'restricted',
    message: ({ registry: { stated } }) =>
      `The registry is not reachable from the public network${stated === undefined ? '.' : `: ${stated}.`}`,
  },
  {
    reason: ({ push }) => `inspection-failed/${present(push.inspection, 'inspection').code}`,
    status: 'undetermined',
    refuses: ({ push }) => push.inspection !== undefined,
    message: ({ push }) => inspectionText(present(push.inspection, 'inspection')),
  },
  {
    reason: 'inspection-failed/no-facts',
    status: 'undetermined',
    refuses: ({ push }) => push.facts === undefined,
    message: 'Nothing is known of the manifest.',
  },
  {
    reason: 'empty-index',
    refuses: ({ push }) => push.facts?.kind === 'index' && !listsImages(push),
    message: 'The index lists no image.',
  },
  {
    reason: (input) => `not-a-container-image/${facts(input).kind}`,
    refuses: (input) => !['image', 'index'].includes(facts(input).kind ?? ''),
    message: (input) => `This is not a container image but: ${facts(input).kind}.`,
  },
  {
    reason: 'windows-image',
    refuses: (input) => facts(input).os?.toLowerCase() === 'windows',
    message: 'Images for Windows are not assessed.',
  },
  {
    reason: 'foreign-layer',
    refuses: (input) => facts(input).foreignLayers === true,
    message: 'A layer lies outside of the registry and is not fetched.',
  },
  { reason: 'encrypted', refuses: (input) => facts(input).encrypted === true, message: 'A layer is encrypted.' },
  {
    reason: 'too-large',
    refuses: (input) => (facts(input).compressedBytes ?? 0) > mostBytes,
    message: 'The image is larger than 20 GiB.',
  },
];

const text = (of: string | ((refused: Case) => string), refused: Case): string =>
  typeof of === 'string' ? of : of(refused);

/** Returns the first rule that refuses, or undefined if the image is to be scanned. */
export const brokenRule = (input: Case): DeclineReason | undefined => {
  const rule = rules.find(({ refuses }) => refuses(input));
  return (
    rule && {
      status: rule.status ?? 'not-applicable',
      reason: text(rule.reason, input),
      message: text(rule.message, input),
    }
  );
};

/**
 * Returns the input that moved an outcome: that of the first rule that refuses now, or did before. Rules above it had
 * no part in either outcome. An approval that stays one has another mode.
 * @param before `approved`, or the reason of the last verdict
 */
export const movedInput = (before: string, input: Case): VerdictInput => {
  const rule = rules.find(({ reason, refuses }) => reason === before || refuses(input));
  return rule?.by ?? (rule || before !== 'approved' ? 'push' : 'mode');
};
