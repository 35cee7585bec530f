import { existsSync } from 'node:fs';
import { chargesIn, focusCsv } from '@assay/billing';
import { EmbeddedStore, rebuild, silent, type Observer, type Service } from '@assay/event-sourcing';
import type { EmbeddedLog } from '@assay/messaging';
import { openLog } from '../suite/log.ts';
import type { SurroundingOptions } from '../suite/suite.ts';
import { answersOn, type ApiAnswers } from './answers.ts';
import { DataBeside, remove, switchOver } from './beside.ts';
import { compareLists, compareParked, compareStates, isSame, unsettledIn, type Comparison } from './stores.ts';

export interface Rebuilt {
  readonly service: string;
  readonly comparisons: readonly Comparison[];
  /** True if everything compared was equal, or there was nothing to compare with. */
  readonly same: boolean;
  readonly switched: boolean;
  readonly seconds: number;
  /** With Redis: the current generation before, and the new one. */
  readonly generations?: { readonly before: string; readonly after: string };
}

export interface RebuildOptions extends SurroundingOptions {
  readonly service: Service;
  /** Switch over even if the new store differs. */
  readonly force: boolean;
}

/**
 * Restores a new store beside the old one from the log, compares both, and switches over. No other process may use the
 * data meanwhile.
 */
export const rebuildService = async (options: RebuildOptions): Promise<Rebuilt> => {
  const begun = performance.now();
  const { data, service, force } = options;
  const paths = {
    store: data.store(service.name),
    newStore: `${data.store(service.name)}.rebuilding`,
    folder: data.service(service.name),
    newFolder: `${data.service(service.name)}.rebuilding`,
  };
  const hasView = service.name === 'recommendation';
  for (const left of [paths.newStore, paths.newFolder]) remove(left);
  // Reading the old answers also brings the old store up to the end of the log.
  const hadAnswers = hasView && existsSync(paths.folder) && existsSync(paths.store);
  const before = hadAnswers ? await answersOn(options) : undefined;
  const comparisons = [
    ...(await withLog(options, (log) => storesCompared(options, log, paths))),
    ...(hasView ? await answersCompared(options, before, paths) : []),
  ];
  const same = comparisons.every(isSame);
  const switched = same || force;
  if (switched) {
    switchOver(paths.store, paths.newStore);
    if (hasView) switchOver(paths.folder, paths.newFolder);
  }
  return { service: service.name, comparisons, same, switched, seconds: (performance.now() - begun) / 1000 };
};

interface Paths {
  readonly store: string;
  readonly newStore: string;
  readonly folder: string;
  readonly newFolder: string;
}

const withLog = async <T>({ data, env }: SurroundingOptions, work: (log: EmbeddedLog) => Promise<T>): Promise<T> => {
  const log = openLog(data, env);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
};

const storesCompared = async (
  { service, telemetry, progress, failed }: RebuildOptions,
  log: EmbeddedLog,
  { store, newStore }: Paths,
): Promise<readonly Comparison[]> => {
  const observer: Observer = { ...silent, failed };
  const old = existsSync(store) ? new EmbeddedStore(store) : undefined;
  const rebuilt = new EmbeddedStore(newStore);
  try {
    await rebuild(
      service.decider,
      { log, store: rebuilt, observer, tracer: telemetry.tracer(service.name) },
      (partition) => progress(`${service.name}: partition ${partition + 1} of ${log.partitions} filled from the log`),
    );
    progress(`${service.name}: comparing`);
    const unsettled = old ? await unsettledIn(old, rebuilt, log.partitions) : new Set<number>();
    const compared = [await compareStates(old, rebuilt, log.partitions, unsettled), await compareParked(old, rebuilt)];
    if (service.name !== 'billing') return compared;
    const lines = async (from: EmbeddedStore): Promise<readonly string[]> => {
      const settled = {
        scan: (partition: number, after: string | undefined, most: number) =>
          unsettled.has(partition) ? Promise.resolve([]) : from.scan(partition, after, most),
      };
      return focusCsv(await chargesIn(settled, log.partitions))
        .trimEnd()
        .split('\n')
        .slice(1);
    };
    return [...compared, compareLists('lines of the FOCUS export', old && (await lines(old)), await lines(rebuilt))];
  } finally {
    await old?.close();
    await rebuilt.close();
  }
};

/** An old read model without its store still gives answers: it is read with the new store. */
const answersCompared = async (
  options: RebuildOptions,
  known: ApiAnswers | undefined,
  { newStore, folder, newFolder }: Paths,
): Promise<readonly Comparison[]> => {
  const {
    data,
    service: { name: service },
    progress,
  } = options;
  const on = (place: string): Promise<ApiAnswers> =>
    answersOn({ ...options, data: new DataBeside(data, { service, store: newStore, folder: place }) });
  progress(`${service}: rebuilding the read model`);
  const before = known ?? (existsSync(folder) ? await on(folder) : undefined);
  const after = await on(newFolder);
  return Object.entries(after).map(([what, values]) => compareLists(what, before?.[what], values));
};
