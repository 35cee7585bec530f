import { BlobFailure, isSystemError, type SystemError, type Trouble } from '@assay/event-sourcing';
import type { EquipmentFailureCode, ScanFailureCode } from '@assay/events';
import { RegistryError, type RegistryErrorCode } from '@assay/registry';
import { SandboxError } from '../sandbox/sandbox.ts';

/** The reason why a scan has no result. */
export interface ScanObstacle {
  readonly code: ScanFailureCode | EquipmentFailureCode | RegistryErrorCode;
  readonly error: Error;
  /**
   * How long to retry: for as long as the scan is wanted, `never` if the image is the reason, `thrice` if the mistake
   * is ours.
   */
  readonly patience: Trouble['patience'] | 'never' | 'thrice';
  /** Whether the operator must be informed. Failures of registries and slow images are published as results instead. */
  readonly isOurs: boolean;
}

/**
 * The machine lacks a resource, or its disk fails. The message omits the path: it contains the name of an image,
 * although all images are affected.
 */
class MachineError extends Error {
  constructor(
    readonly code: ScanFailureCode,
    readonly remedy: string,
    cause: SystemError,
  ) {
    super(`the machine refused ${cause.syscall} (${cause.code})`, { cause });
  }
}

const folders =
  'what is pulled (ASSAY_FOLDER, or the data folder), what a scan needs (ASSAY_RUN_DIRECTORY) and ' +
  'reports (ASSAY_BLOBS)';

const ofMachine = (error: SystemError): MachineError => {
  if (['ENOSPC', 'EDQUOT'].includes(error.code))
    return new MachineError('disk-full', `make room in the folders of ${folders}`, error);
  if (['EMFILE', 'ENFILE'].includes(error.code))
    return new MachineError('files-exhausted', 'raise the limit of open files, or lower ASSAY_SANDBOX_SLOTS', error);
  return new MachineError('system-failed', `check that the disks of ${folders} can be read and written`, error);
};

export const obstacleIn = (thrown: unknown): ScanObstacle => {
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
