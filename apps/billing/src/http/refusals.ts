import { ArmError, unavailable } from '@assay/arm';
import { StoreIncomplete } from '@assay/event-sourcing';

/**
 * What passes is answered with 503: part of the charges would look like all of them, so whoever asks is to come again.
 * What lasts until somebody helps has a code of its own, so that nobody waits for it.
 */
export const come = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if ((error as { retriable?: boolean }).retriable !== true) throw error;
    if (error instanceof StoreIncomplete && error.needsOperator)
      throw new ArmError(503, 'NeedsOperator', `The charges cannot be read as a whole: ${error.message}.`, {
        headers: { 'retry-after': '30' },
      });
    throw unavailable(`The charges cannot be read as a whole just now: ${(error as Error).message}.`, 2);
  }
};
