import type { App } from '@assay/events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderBlobs, openRedisStore, redisSettings } from '@assay/event-sourcing';
import type { EventLog } from '@assay/messaging';
import { Api } from '../../apps/assay/dist/client/api.js';
import { services } from '../../apps/assay/dist/suite/services.js';
import type { QuietAnswers } from './checker/answers.ts';
import { checked, type CheckerVerdict } from './checker/check.ts';
import { faults } from './checker/fault.ts';
import type { Rebuildable } from './checker/projections.ts';
import { judgedSeals, type JudgedSeals } from './checker/sealed.ts';
import type { TormentTruth } from './checker/truth.ts';
import { quiet } from './quiet.ts';
import type { TormentScene } from './scene/scene.ts';

/** A log and stores of this process's own, beside those of the services. */
export interface Sight {
  readonly log: EventLog;
  readonly services: readonly Rebuildable[];
}

export const openSight = async (scene: TormentScene): Promise<Sight> => {
  const { env, partitions } = scene;
  return {
    log: await scene.openLog(),
    services: await Promise.all(
      services.map(async ({ name, decider }) => ({
        app: name as App,
        decider,
        store: await openRedisStore({
          settings: redisSettings(env),
          service: name,
          partitions,
          onError: () => undefined,
        }),
      })),
    ),
  };
};

export const closeSight = async ({ log, services: all }: Sight): Promise<void> => {
  for (const { store } of all) await store.close();
  await log.close();
};

/** All answers of the public API that the checker needs. */
const readApi = async ({
  suite: {
    endpoint: { url, token },
  },
}: TormentScene): Promise<QuietAnswers> => {
  const api = new Api(url, token);
  return {
    images: await api.images({ children: 'true' }),
    charges: (await api.charges()).value as QuietAnswers['charges'],
    export: (await api.export('focus-csv')).file,
  };
};

export interface ConcludeOptions {
  readonly truth: TormentTruth;
  /** Time limit until the suite is quiet, in ms. */
  readonly patienceMs: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Waits until the suite is quiet. Reports it if that takes too long. */
export const untilQuiet = async (
  { suite }: TormentScene,
  { log, services: all }: Sight,
  { truth, patienceMs, print, signal }: ConcludeOptions,
): Promise<void> => {
  print('waiting until all is quiet');
  if (
    !(await quiet({ suite, log, stores: all.map(({ store }) => store), truth, signal }, patienceMs, (open) =>
      print(`  ${open ?? '?'} open`),
    ))
  )
    print('it does not get quiet');
};

/** Waits until all that was written is sealed, here and in the outside file, and judges the seals. */
export const untilSealed = async (
  { sealFile, blobs }: Pick<TormentScene, 'sealFile' | 'blobs'>,
  { log }: Pick<Sight, 'log'>,
  { patienceMs, print, signal }: Pick<ConcludeOptions, 'patienceMs' | 'print' | 'signal'>,
): Promise<JudgedSeals> => {
  print('waiting until all is sealed');
  for (const deadline = Date.now() + patienceMs; ; await pause(1000)) {
    signal.throwIfAborted();
    const judged = await judgedSeals(log, new FolderBlobs(blobs), () => readFile(sealFile, 'utf8').catch(() => ''));
    if (judged.unsealed.length === 0 || judged.faults.length > 0) return judged;
    if (Date.now() > deadline) return { ...judged, faults: faults('stuck')(judged.unsealed) };
  }
};

/** Waits until all is quiet, ends the services, and compares what is left with what really happened. */
export const conclude = async (
  scene: TormentScene,
  sight: Sight,
  options: ConcludeOptions,
): Promise<CheckerVerdict> => {
  const { truth, print } = options;
  await untilQuiet(scene, sight, options);
  const answers = await readApi(scene);
  print('ending the services, and checking');
  // A process that stops leaves its consumer group, and a replica that still runs claims its partitions with a fence,
  // which the stopped services do not read. Killed processes leave no group.
  await Promise.all(scene.suite.processes.map((each) => each.stop('SIGKILL')));
  await scene.suite.close();
  return checked(sight.log, sight.services, answers, truth);
};
