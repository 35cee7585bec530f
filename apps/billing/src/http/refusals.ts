import { unavailable } from '@assay/arm';

/** What passes is answered with 503: part of the charges would look like all of them, so whoever asks is to come again. */
export const come = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if ((error as { retriable?: boolean }).retriable !== true) throw error;
    throw unavailable(`The charges cannot be read as a whole just now: ${(error as Error).message}.`, 2);
  }
};
