// A process of services, on a log and a store of its own. `main.ts` starts it and appends to its log.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { billing } from '@assay/billing';
import { eligibility } from '@assay/eligibility';
import { EmbeddedStore, FolderBlobs, silent } from '@assay/event-sourcing';
import { ingestion } from '@assay/ingestion';
import { EmbeddedLog, type NewRecord } from '@assay/messaging';
import { Front } from '@assay/process';
import { recommendation } from '@assay/recommendation';
import { startTelemetry } from '@assay/telemetry';
import { partitions } from './world.ts';

const services = { billing, eligibility, ingestion, recommendation } as const;

/** Orders to the process. The first one starts it. */
export type GreedyOrder =
  | {
      readonly names: readonly (keyof typeof services)[];
      readonly folder: string;
      readonly blobs: string;
      readonly env: Readonly<Record<string, string>>;
      readonly mutant?: string;
    }
  | { readonly append: readonly NewRecord[] };

/** Reports of the process. */
export type Report =
  | { readonly url: string; readonly routes: readonly RegExp[] }
  | { readonly failed: string }
  | { readonly lane: string; readonly path: string }
  /** The event loop stood still for so long, ms. */
  | { readonly blockedMs: number };

const report = (one: Report): void => void process.send?.(one);
const failed = (what: string, error: unknown): void => report({ failed: `${what}: ${String(error).split('\n')[0]}` });

const lanes = ['byKey', 'page', 'walk', 'file'] as const;
/** Reports the lanes of each path. A revision before the lanes has none. */
const watchLanes = async (mutant?: string): Promise<void> => {
  const { Lanes } = await import('@assay/recommendation/http/lanes').catch(() => ({ Lanes: undefined }));
  if (!Lanes) return;
  const seen = new Set<string>();
  for (const lane of lanes) {
    const own = Lanes.prototype[lane] as (request: { readonly url: string }, ...more: unknown[]) => unknown;
    const watched = function (this: unknown, request: { readonly url: string }, ...more: unknown[]): unknown {
      if (seen.size < seen.add(`${lane} ${request.url}`).size) report({ lane, path: request.url });
      return own.call(this, request, ...more);
    };
    Object.assign(Lanes.prototype, { [lane]: watched });
  }
  if (mutant !== undefined) (await import('./mutants.ts')).mutants[mutant]?.(Lanes);
};

const start = async ({
  names,
  folder,
  blobs,
  env,
  mutant,
}: Extract<GreedyOrder, { names: unknown }>): Promise<EmbeddedLog> => {
  // As `main.ts` of recommendation does, before anything uses the pool.
  await import('../../apps/recommendation/src/thread-pool.ts' as string).catch(() => undefined);
  await watchLanes(mutant);
  const log = new EmbeddedLog(join(folder, 'log.db'), partitions);
  const front = new Front('greedy');
  const url = await front.listen(0);
  const routes: RegExp[] = [];
  for (const name of names) {
    mkdirSync(join(folder, name), { recursive: true });
    const running = await services[name].start({
      log,
      store: new EmbeddedStore(join(folder, `${name}.db`)),
      blobs: new FolderBlobs(blobs),
      telemetry: await startTelemetry({ version: 'greedy', env: {} }),
      env,
      observer: { ...silent, failed: (_, activity, error) => failed(activity, error) },
      folder: join(folder, name),
      home: folder,
      progress: () => undefined,
      fatal: (error) => failed('THE END', error),
    });
    await front.mount(services[name], running);
    routes.push(...services[name].routes);
  }
  front.open();
  const everyMs = 50;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (now - last > 2 * everyMs) report({ blockedMs: now - last - everyMs });
    last = now;
  }, everyMs);
  report({ url, routes });
  return log;
};

let log: Promise<EmbeddedLog>;
process.on('message', (order: GreedyOrder) => {
  if ('names' in order) log = start(order);
  else log = log.then(async (open) => (await open.append(order.append), open));
  log.catch((error: unknown) => failed('THE END', error));
});
process.on('disconnect', () => process.exit());
