import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { home, median, root, temporary, type BenchRow } from './setting.ts';
import { unhurried } from '../unhurried.ts';

/** Starts `assay up` and waits until it reports that it is ready. */
const up = async (data: string): Promise<{ startMs: number; restMb: () => number; stop: () => Promise<void> }> => {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [join(root, 'apps/assay/bin/assay.js'), 'up', '--json', '--port', '0', '--registry-port', '0', '--data', data],
    { env: { ...process.env, ...unhurried, ASSAY_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  const startMs = performance.now() - began;
  return {
    startMs,
    restMb: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1000,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
};

export const measureProcess = async (runs: number): Promise<BenchRow[]> => {
  const starts: number[] = [];
  const rests: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { startMs, restMb, stop } = await up(temporary('up'));
    starts.push(startMs);
    if (run === runs - 1) {
      await pause(5000);
      rests.push(restMb());
    }
    await stop();
  }
  return [
    { what: 'start of assay up, empty data', measured: median(starts), unit: 'ms', target: 3000 },
    { what: 'memory at rest, six services in one process', measured: median(rests), unit: 'MB', target: 400 },
  ];
};
