import { BlobFailure, isSystemError, type SystemError, type Trouble } from '@assay/event-sourcing';
import { RegistryError } from '@assay/registry';
import { SandboxError } from '../sandbox/sandbox.ts';

/** Why a scan came to no result. */
export interface Obstacle {
  readonly code: string;
  readonly error: Error;
  /**
   * Whether to try again for as long as that is wanted; `never` where it lies with the image, `thrice` where the
   * mistake is ours.
   */
  readonly patience: Trouble['patience'] | 'never' | 'thrice';
  /**
   * Whether somebody who runs this has to know: what registries do, and how long an image takes, is said by results.
   */
  readonly isOurs: boolean;
}

/**
 * The machine is short of something, or its disk does not do what it should. The path is left out: it has the name of
 * an image, and all of them meet the same.
 */
class MachineError extends Error {
  constructor(
    readonly code: string,
    readonly remedy: string,
    cause: SystemError,
  ) {
    super(`the machine refused ${cause.syscall} (${cause.code})`, { cause });
  }
}

const folders =
  'what is pulled (ASSAY_FOLDER, or the data folder), what a scan needs (ASSAY_RUN_DIRECTORY) and reports (ASSAY_BLOBS)';

const ofMachine = (error: SystemError): MachineError => {
  if (['ENOSPC', 'EDQUOT'].includes(error.code))
    return new MachineError('disk-full', `make room in the folders of ${folders}`, error);
  if (['EMFILE', 'ENFILE'].includes(error.code))
    return new MachineError('files-exhausted', 'raise the limit of open files, or lower ASSAY_SANDBOX_SLOTS', error);
  return new MachineError('system-failed', `see whether the disks of ${folders} can be read and written`, error);
};

export const obstacleIn = (thrown: unknown): Obstacle => {
  const error = isSystemError(thrown) ? ofMachine(thrown) : (thrown as Error);
  if (error instanceof RegistryError) return { code: error.code, error, patience: error.patience, isOurs: false };
  if (error instanceof BlobFailure || error instanceof MachineError)
    return { code: error.code, error, patience: 'soon', isOurs: true };
  if (error instanceof SandboxError)
    return { code: error.code, error, patience: error.retriable ? 'soon' : 'never', isOurs: true };
  return error.name === 'TimeoutError'
    ? { code: 'timeout', error, patience: 'never', isOurs: false }
    : { code: 'internal', error, patience: 'thrice', isOurs: true };
};
