import { headerOf, readJson, unavailable, type ArmRequest } from '@assay/arm';
import type { Intake, Receipt } from './intake.ts';
import type { Read } from './notification.ts';

export type IngestRequest = ArmRequest & {
  readonly body?: Buffer;
  readonly raw: { readonly rawHeaders: readonly string[] };
  speakers?: ReadonlySet<string>;
};

/** The login servers that the sender of a request may speak for, as he was asked at the door. */
export const speakersOf = ({ speakers }: IngestRequest): ReadonlySet<string> => {
  if (!speakers) throw new Error('the sender of this notification was not asked who he is');
  return speakers;
};

/**
 * A body as JSON, however deep what others tell of may be nested; `undefined` where it is none, or could be read in two
 * ways.
 */
export const jsonIn = ({ body }: IngestRequest): unknown => {
  try {
    return readJson(body?.toString('utf8') ?? '', Infinity);
  } catch {
    return undefined;
  }
};

/** What is told, into the log; a sender is asked to send it again where that takes nothing. */
export const taken = async (
  intake: Intake,
  reads: readonly Read[],
  allowed: ReadonlySet<string>,
  receivedAt: string,
  route: string,
  request: IngestRequest,
): Promise<Receipt> => {
  try {
    return await intake.take(reads, allowed, receivedAt, route, headerOf(request, 'traceparent'));
  } catch {
    throw unavailable('The log does not take anything just now. Send the notification again.', 5);
  }
};
