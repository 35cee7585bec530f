import { describe, expect, it } from 'vitest';
import { withDeadline } from './deadline.ts';

/** Ends only when the signal aborts. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('work with a deadline', () => {
  it('times out at its own deadline or the deadline of the caller, and is cancelled with the caller', async () => {
    const caller = new AbortController();
    const cancelled = withDeadline(60_000, [undefined, caller.signal], endless);
    caller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted', retriable: true });
    await expect(withDeadline(1, [], endless)).rejects.toMatchObject({ code: 'timeout' });
    await expect(withDeadline(60_000, [AbortSignal.timeout(1)], endless)).rejects.toMatchObject({
      code: 'timeout',
      retriable: true,
    });
    await expect(
      withDeadline(60_000, [AbortSignal.abort(new DOMException('the attempt took too long', 'TimeoutError'))], endless),
    ).rejects.toMatchObject({ code: 'timeout', message: 'the attempt took too long' });
  });
});
