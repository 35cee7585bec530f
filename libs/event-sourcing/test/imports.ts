import { partitionOf } from '@assay/messaging';

export {
  causeOf,
  definitions,
  type AnyEvent,
  type AssayEvent,
  type Cause,
  type FindingClassified,
} from '@assay/events';

export const partitionOfDigest = (digest: string): number => partitionOf(digest, 3);
