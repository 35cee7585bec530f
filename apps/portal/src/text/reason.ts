import { texts } from '../texts.ts';
import { wordFor } from './format.ts';

/**
 * The meaning of a reason of a status, and what to do about it.
 * @param reason of the API, such as `failed/timeout`
 * @returns undefined if a later API has a reason without a text here
 */
export const reasonText = (reason: string): string | undefined => {
  const text = wordFor(texts.reasons, reason);
  if (text !== reason) return text;
  const group = `${reason.split('/')[0] ?? ''}/`;
  return reason.startsWith(group) && Object.hasOwn(texts.reasons, group) ? texts.reasons[group] : undefined;
};
