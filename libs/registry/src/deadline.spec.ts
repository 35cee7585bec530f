import { describe, expect, it } from 'vitest';
import { withDeadline } from './deadline.ts';

/** Ends only where it is told to. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('work with a deadline', () => {
  it('is late where its own time or that of the caller is over, and cancelled where the caller wants it no more', async () => {
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
