import { closing, fromOf, notReached, pathOf, type ArmReply, type ArmRequest } from '@assay/http';
import type { LogPosition } from '@assay/messaging';
import { followedTopics } from '@assay/read-model/view/follower';
import type { View } from '@assay/read-model/view/view';

/** The sender of a request, and the positions that its answer must hold. */
export interface RequestReader {
  readonly caller: string;
  /** Aborts when the client is gone. */
  readonly closed: AbortSignal;
  /** Positions in the log that the answer must hold. */
  readonly from: readonly LogPosition[];
  /** True for a client of Azure Resource Manager. */
  readonly isArm: boolean;
}

const readers = new WeakMap<ArmRequest, RequestReader>();

/**
 * Keeps who sent the request, for `readerOf`, and waits for the positions that it names.
 * @throws ArmError 503 if they are not reached within ten seconds
 */
export const keepReader = async (view: View, request: ArmRequest, reply: ArmReply): Promise<void> => {
  // A service of a later release may write to topics that are not read here.
  const from = fromOf(request).filter(({ topic }) => followedTopics.includes(topic));
  readers.set(request, {
    caller: request.caller?.name ?? '',
    closed: closing(reply),
    from,
    isArm: /^\/(subscriptions|providers|tenants)(\/|$)/i.test(pathOf(request)),
  });
  for (const { topic, offsets } of from) if (!(await view.reached(topic, offsets))) throw notReached();
};

export const readerOf = (request: ArmRequest): RequestReader => {
  const reader = readers.get(request);
  if (!reader) throw new Error('the route has no FreshGuard');
  return reader;
};
