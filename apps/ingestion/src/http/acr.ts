import { isObject, noticeOf, type Read } from './notification.ts';

/**
 * Actions of an ACR webhook that concern no image. `quarantine` comes with every push and is followed by its `push`.
 */
const silent = ['ping', 'quarantine', 'chart_push', 'chart_delete'] as const;

/**
 * Reads one ACR webhook (one object, no envelope).
 *
 * @returns `undefined` if the body is not a webhook of ACR, which is answered with 400
 */
export const readAcr = (body: unknown, receivedAt: string): Read | undefined => {
  if (!isObject(body) || typeof body.action !== 'string') return undefined;
  const { id, action, target, request, timestamp } = body;
  const kind = silent.find((each) => each === action);
  if (kind !== undefined) return { ignored: kind };
  if (action !== 'push' && action !== 'delete') return { ignored: 'unknown-action' };
  if (!isObject(target)) return undefined;
  return noticeOf(
    { sender: 'acr', id, action, host: isObject(request) ? request.host : undefined, target, timestamp, body },
    receivedAt,
  );
};
