import { unavailable } from '@assay/arm';
import { headerOf, readJson, type ArmRequest } from '@assay/http';
import type { Intake, Receipt } from './intake.ts';
import type { Read } from './notification.ts';

export type IngestRequest = ArmRequest & {
  readonly body?: Buffer;
  readonly raw: { readonly rawHeaders: readonly string[] };
  speakers?: ReadonlySet<string>;
};

/** The login servers for which the sender may report pushes, as authenticated before the body was read. */
export const speakersOf = ({ speakers }: IngestRequest): ReadonlySet<string> => {
  if (!speakers) throw new Error('the sender of this notification was not authenticated');
  return speakers;
};

/**
 * Parses a body as JSON of any depth, because foreign content may be nested deeply. Returns `undefined` if it is no
 * JSON, or ambiguous.
 */
export const jsonIn = ({ body }: IngestRequest): unknown => {
  try {
    return readJson(body?.toString('utf8') ?? '', Infinity);
  } catch {
    return undefined;
  }
};

/** Appends notifications to the log. If the log takes nothing, the sender is asked to retry. */
export const accept = async (
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
    throw unavailable('The log does not accept events at the moment. Send the notification again.', 5);
  }
};
