import { metrics } from '@opentelemetry/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTelemetry } from '@assay/telemetry';
import { lastScrapes } from './last-scrapes.ts';

const measured = Object.assign(new Error('a wall is missing'), { measured: true });

/** A process that does not start because of an error; `over` ends its longest wait. */
const ending = async (error: unknown, isServed = true) => {
  const telemetry = await startTelemetry({
    version: '1',
    env: {},
    metrics: isServed ? { host: '127.0.0.1', port: 0 } : undefined,
  });
  onTestFinished(async () => {
    await telemetry.shutdown();
    metrics.disable();
  });
  const over = Promise.withResolvers<void>();
  const [lines, state]: [string[], { ended: boolean }] = [[], { ended: false }];
  const ended = lastScrapes(error, {
    telemetry,
    logger: { error: (_: object, line: string) => lines.push(line) } as never,
    signal: new AbortController().signal,
    longest: () => over.promise,
  }).then(() => {
    state.ended = true;
  });
  return { state, ended, lines, over: over.resolve, scrape: async () => (await fetch(telemetry.metricsUrl!)).text() };
};

describe('a process that a metric reports as it ends', () => {
  it('waits until the metric was read twice', async () => {
    const { state, ended, lines, scrape } = await ending(measured);
    await scrape();
    expect(state.ended).toBe(false);
    await scrape();
    await ended;
    expect(lines).toHaveLength(1);
  });

  it('waits no longer than its limit', async () => {
    const { state, ended, over, scrape } = await ending(measured);
    await scrape();
    expect(state.ended).toBe(false);
    over();
    await ended;
  });

  it('ends at once if no metric reports the error, or none is served', async () => {
    await (
      await ending(new Error('other'))
    ).ended;
    await (
      await ending(measured, false)
    ).ended;
  });
});
