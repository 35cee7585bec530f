import { badRequest, unavailable } from '@assay/arm';
import { headerOf, readJson, type ArmRequest } from '@assay/http';
import type { Intake, Receipt } from './intake.ts';
import { isBroken, type Read } from './notification.ts';

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

/**
 * Refuses a request of which nothing is a push or deletion. A broken event beside others is skipped: a sender may give
 * up a refused batch, so the others would be lost.
 * @throws ArmError 400
 */
export const refuseBroken = (reads: readonly Read[]): void => {
  const broken = reads.find(isBroken);
  if (!broken || !('ignored' in broken) || reads.some((read) => 'notice' in read)) return;
  throw badRequest(
    'InvalidRequestContent',
    `The notification names no push or deletion (${broken.ignored}).` +
      (broken.ignored === 'sha512-digest' ? ' Push the manifest by a sha256 digest.' : ''),
  );
};
