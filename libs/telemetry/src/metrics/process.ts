import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { gauge } from './instruments.ts';

/** Interval of the samples of the event loop. Each delay is what comes on top of it. */
const resolutionMs = 20;
/** Looks that follow each other more closely see the same figures: all gauges of one collection, and two readers. */
const lookEveryMs = 1_000;
/** A process shows by its utilization that it is there. One that ends at each start, again and again, does not. */
const youngSeconds = 5;

interface EventLoop {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
  /** From 0 to 1. */
  readonly utilization: number;
}

/**
 * Measures the event loop and the heap of this process, by OpenTelemetry's conventions for Node.js and V8. Returns a
 * function that ends this.
 */
export const measureProcess = (service: string): (() => void) => {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
  let [seen, utilized] = [-Infinity, performance.eventLoopUtilization()];
  let last: EventLoop | undefined;
  const look = (): EventLoop | undefined => {
    if (performance.now() - seen < lookEveryMs) return last;
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, utilized);
    last =
      delays.count > 0
        ? { mean: delayOf(delays.mean), p99: delayOf(delays.percentile(99)), max: delayOf(delays.max), utilization }
        : undefined;
    delays.reset();
    [seen, utilized] = [performance.now(), now];
    return last;
  };
  const ofLoop = (name: keyof EventLoop) => (observe: (value: number) => void) => {
    const looked = look();
    if (looked) observe(looked[name]);
  };
  const unwatch = [
    gauge('nodejs.eventloop.delay.mean', service).watch(ofLoop('mean')),
    gauge('nodejs.eventloop.delay.p99', service).watch(ofLoop('p99')),
    gauge('nodejs.eventloop.delay.max', service).watch(ofLoop('max')),
    gauge('nodejs.eventloop.utilization', service).watch((observe) => {
      if (process.uptime() >= youngSeconds) ofLoop('utilization')(observe);
    }),
    gauge('v8js.memory.heap.used', service).watch((observe) => {
      for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics())
        observe(used, { 'v8js.heap.space.name': name });
    }),
    gauge('v8js.memory.heap.limit', service).watch((observe) => observe(getHeapStatistics().heap_size_limit)),
  ];
  return () => {
    for (const end of unwatch) end();
    delays.disable();
  };
};
