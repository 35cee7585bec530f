import { join } from 'node:path';
import { pushLayout } from '@assay/local-registry';
import { startTelemetry } from '@assay/telemetry';
import { DataFolder } from '../../apps/assay/dist/suite/data.js';
import { localRegistry } from '../../apps/assay/dist/suite/local.js';
import { Suite } from '../../apps/assay/dist/suite/suite.js';
import { variant } from '../variant.ts';
import { digestOf, Listener } from './listener.ts';
import { home, images, median, quantile, print, temporary, type BenchRow } from './setting.ts';
import { unhurried } from '../unhurried.ts';

/** Pushes real images one after the other. From the events, takes the time that Assay adds to the scanner's. */
export const measurePushes = async (count: number): Promise<BenchRow[]> => {
  const suite = await Suite.start({
    data: new DataFolder(temporary('pushes')),
    home,
    env: { ...process.env, ...unhurried },
    port: 0,
    registries: [localRegistry(0)],
    telemetry: await startTelemetry({ version: 'bench', env: {} }),
    progress: print,
    failed: (service, activity, error) => print(`${service}: ${activity}: ${String(error)}`),
  });
  const listener = new Listener();
  await suite.log.follow(['finding.classified', 'recommendation.changed'], {
    onBatch: (batch) => listener.receive(batch),
  });
  const push = async (
    layout: string,
    repository: string,
    tag: string,
    topic: string,
  ): Promise<{ ms: number; scannerMs: number }> => {
    const digest = digestOf(layout);
    const latency = listener.until(topic, repository, digest);
    await pushLayout(layout, { registry: suite.endpoint.registries[0]!.loginServer, repository, tag, plainHttp: true });
    const ms = await latency;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { ms, scannerMs: listener.scannerMs.get(digest) ?? 0 };
  };
  const rows: BenchRow[] = [];
  try {
    for (const [of, findings, target] of [
      ['debian-13.8', 0, 30],
      ['alpine-3.20.3', 56, 30],
      ['nginx-1.23.3', 366, undefined],
    ] as const) {
      const layouts = Array.from({ length: count + 3 }, (_, number) =>
        variant(join(images, of), join(temporary('variant'), 'layout'), number),
      );
      const overheads: number[] = [];
      for (const [number, layout] of layouts.entries()) {
        const { ms, scannerMs } = await push(layout, of.toLowerCase(), `v${number}`, 'recommendation.changed');
        if (number >= 3) overheads.push(ms - scannerMs);
      }
      const label = `push to recommendation minus the scanner, ${of} (${findings} findings)`;
      rows.push(
        { what: `${label}, p50`, measured: median(overheads), unit: 'ms', ...(target ? { target } : {}) },
        { what: `${label}, p99`, measured: quantile(overheads, 0.99), unit: 'ms', ...(target ? { target: 200 } : {}) },
      );
    }
    const joined: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const { ms } = await push(join(images, 'alpine-3.20.3'), 'again', `v${number}`, 'finding.classified');
      if (number > 0) joined.push(ms);
    }
    rows.push({
      what: 'push of a digest that is known, until it is classified again, p50',
      measured: median(joined),
      unit: 'ms',
      note: 'no scan, no download',
    });
  } finally {
    await suite.close();
  }
  return rows;
};
