import { ArmError, unavailable } from '@assay/arm';
import { StoreIncomplete } from '@assay/event-sourcing';

/**
 * Answers 503 for temporary failures: part of the charges would look like all of them, so the client must retry. A
 * failure that needs an operator has its own code, so that no client waits for it.
 */
export const refuseIncomplete = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if ((error as { retriable?: boolean }).retriable !== true) throw error;
    if (error instanceof StoreIncomplete && error.needsOperator)
      throw new ArmError(503, 'NeedsOperator', `The charges cannot be read completely: ${error.message}.`, {
        headers: { 'retry-after': '30' },
      });
    throw unavailable(`The charges cannot be read completely at the moment: ${(error as Error).message}.`, 2);
  }
};
