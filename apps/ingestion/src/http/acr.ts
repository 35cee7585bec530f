import { isObject, noticeOf, type Read } from './notification.ts';

/**
 * Actions of an ACR webhook that say nothing about an image. `quarantine` comes with every push, whose `push` follows.
 */
const silent: ReadonlySet<string> = new Set(['ping', 'quarantine', 'chart_push', 'chart_delete']);

/**
 * Reads one ACR webhook (one object, no envelope).
 *
 * @returns `undefined` where the body is none of ACR's: that is answered with 400
 */
export const readAcr = (body: unknown, receivedAt: string): Read | undefined => {
  if (!isObject(body) || typeof body.action !== 'string') return undefined;
  const { id, action, target, request, timestamp } = body;
  if (silent.has(action)) return { ignored: action };
  if (action !== 'push' && action !== 'delete') return { ignored: 'unknown-action' };
  if (!isObject(target)) return undefined;
  return noticeOf(
    { sender: 'acr', id, action, host: isObject(request) ? request.host : undefined, target, timestamp, body },
    receivedAt,
  );
};
