import { stepOf } from '@assay/events';
import {
  ServiceHost,
  type JobLoop,
  type Observer,
  type Decider,
  type Store,
  type HandlerContext,
} from '@assay/event-sourcing';
import type { Dispatch, EventLog } from '@assay/messaging';
import type { OutsidePlace } from '@assay/ingestion/sealing/outside';
import type { SealerPorts } from '@assay/ingestion/sealing/sealer';
import type { Discoveries, RegistryAccess } from '@assay/registry';
import type { ServiceTracer } from '@assay/telemetry';
import { changed } from '../mutants/wrapped.ts';
import type { CloudCalls, CloudWitness, SimulatedCloud } from '../outside/cloud.ts';
import type { SimulatedImage } from '../outside/images.ts';
import { RegistryCalls, type ImageRegistry } from '../outside/registry.ts';
import type { TrueReports } from '../outside/sandbox.ts';
import type { SealJudge } from '../truth/seals.ts';
import type { Process } from '../world/process.ts';
import type { ReadModelFile } from './read-model.ts';

/** The numbers of a database and of a build of the scanner. */
export interface Installation {
  readonly database: number;
  readonly build: number;
}

/** The cloud that ingestion lists, with the setting of its discovery. */
export interface GivenDiscovery {
  readonly cloud: SimulatedCloud;
  readonly discoveries: Discoveries;
  readonly witness: CloudWitness;
  /** The client of Azure Resource Manager: a mutant changes it. */
  readonly asked: (calls: CloudCalls) => CloudCalls;
  /** An id for an event. */
  readonly nextId: () => string;
}

/** Ports of the sealer that a mutant may replace. */
export type SealingCalls = Pick<SealerPorts, 'log' | 'blobs' | 'places' | 'owned'>;

/** The means by which ingestion seals the log, with a witness. */
export interface GivenSealing {
  readonly judge: SealJudge;
  /** The seals of the outside place. */
  readonly outside: Parameters<OutsidePlace['write']>[0][];
  readonly everyMs: number;
  readonly mostRecords: number;
  /** Once all is well, what was written is sealed within this. */
  readonly withinMs: number;
  /** The ports of a sealer: a mutant changes them. */
  readonly asked: (calls: SealingCalls) => SealingCalls;
  readonly nextId: () => string;
  /** Receives what a sealer has noted when its process ends. */
  readonly ended: (name: string, notes: readonly string[]) => void;
}

/** The environment of an instance of a service, in place of its `main.ts`. */
export interface Given {
  readonly process: Process;
  readonly log: EventLog;
  readonly store: Store;
  readonly observer: Observer;
  /** All servers. */
  readonly registries: () => readonly ImageRegistry[];
  /** Registries of the setting. */
  readonly declared: readonly ImageRegistry[];
  readonly discovery: GivenDiscovery | undefined;
  readonly sealing: GivenSealing | undefined;
  /** An id for an event about what runs. */
  readonly nextSightingId: () => string;
  /** The client of a registry as sweeps get it: a mutant changes it. */
  readonly swept: (calls: RegistryCalls) => RegistryCalls;
  readonly image: (digest: string) => SimulatedImage;
  readonly reports: TrueReports;
  /** The content of this instance's read model on its disk. */
  readonly file: ReadModelFile;
  /** The advisory database and the scanner of this instance. */
  readonly installed: Installation;
}

/** Connects to a registry. */
export const connectedBy =
  ({ registries, process, discovery }: Given) =>
  (access: RegistryAccess): RegistryCalls =>
    new RegistryCalls(
      registries().find(({ loginServer }) => loginServer === access.loginServer)!,
      process,
      () => discovery?.witness.asked(process, access),
    );

/**
 * The log for code that makes events itself: their ids and times are those of the schedule, and a process that has
 * ended waits for nothing.
 */
export const withIds = (log: EventLog, process: Process, nextId: () => string): EventLog =>
  changed(log, {
    append: (records) =>
      process.orEnded(
        log.append(
          records.map((record) => {
            const [id, time] = [nextId(), new Date(process.now()).toISOString()];
            return { ...record, headers: { ...record.headers, ce_id: id, ce_correlationid: id, ce_time: time } };
          }),
        ),
      ),
  });

/** A running instance. */
export interface RunningInstance {
  /** Stops it gracefully. */
  close(): Promise<void>;
}

/** Traces cost time and change nothing. */
export const untraced = {
  start: ({ parent }: { parent?: string } = {}) => ({ traceparent: parent, end: () => undefined }),
} as unknown as ServiceTracer;

/** Chance that a handler fails at a reassessment where handlers fail at all: there are few, and some are dropped. */
const faultyAtReassessments = 0.5;

/** The behaviour of every consumer; some fail during it. */
const consumingOn =
  ({ world, name }: Process): Dispatch =>
  async (event, context) => {
    (context as HandlerContext).unit.receive(event);
    const { faulty } = world.weather;
    const atReassessments = faulty > 0 ? faultyAtReassessments : 0;
    if (world.random.chance(event.topic === 'scan.reassessed' ? atReassessments : faulty)) {
      world.fault(name, 'handler failed');
      throw new Error('the handler failed');
    }
  };

/** Connects a decider to the log, as a service does when it starts. */
export const opened = async <Received, Emitted, C>(
  program: Decider<Received, Emitted, C>,
  { log, store, observer, process }: Given,
): Promise<ServiceHost<Received, Emitted, C>> => {
  const host = new ServiceHost(program, { log, store, observer, tracer: untraced, clock: process });
  await host.open(stepOf(program.app).consumes, consumingOn(process));
  return host;
};

/** Closes in the order of a real service: first no new work, then no more consuming. */
export const closing = (
  host: { close(): Promise<void> },
  loop?: JobLoop,
  before?: () => Promise<void>,
): RunningInstance => ({
  close: async () => {
    await before?.();
    await loop?.close();
    await host.close();
  },
});
