import type { INestApplication, Type } from '@nestjs/common';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { Advisories, Database, Scanner } from '@assay/events';
import { LogServer, RethrowFilter, type EventLog, type Wait } from '@assay/messaging';
import type { Settings } from '@assay/settings';
import type { Telemetry } from '@assay/telemetry';
import type { BlobStore } from './blob-stores/blobs.ts';
import type { ServiceFigures } from './figures.ts';
import type { ServiceHost } from './processor/host.ts';
import type { Observer } from './observer.ts';
import type { Decider } from './decider/decider.ts';
import type { Store } from './stores/store.ts';

/** The health of one service, as reported by its process. */
export interface ServiceHealth {
  readonly name: string;
  /** Reasons why the service cannot serve now, one per line. Empty if it can. */
  readonly reasons: readonly string[];
  /** Notes for operators about its operation. */
  readonly notes: readonly string[];
  /** Absent if it did not answer in time. */
  readonly figures?: ServiceFigures;
  /** Of a runner. */
  readonly runner?: RunnerState;
  /** Identifies this run of its process. */
  readonly instance?: string;
  /** Version of the program. */
  readonly version?: string;
}

/** Means that keep a scan within a limit. */
export type BoundingMeans = 'cgroup' | 'watchdog' | 'rlimit' | 'process group';

/** The state of one runner: its walls, its slots, its scanner and its database. */
export interface RunnerState {
  /** The driver of its sandbox. */
  readonly driver: string;
  /** The attacks that it tried from within its sandbox when it started. It scans nothing unless all were stopped. */
  readonly walls: readonly { readonly name: string; readonly stands: boolean; readonly detail: string }[];
  /** When it tried them. */
  readonly triedAt: string;
  readonly slots: { readonly used: number; readonly of: number };
  /** The means that keep each scan within its limits, and the reason why it is no control group. */
  readonly bounds: Readonly<Record<'memory' | 'processes' | 'processor' | 'end', BoundingMeans>> & {
    readonly why?: string;
  };
  readonly scanner: Scanner;
  readonly database: Database;
}

/** Passed to every service by its starter: the embedded suite, or its own `main.ts`. */
export interface ServicePorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly telemetry: Telemetry;
  readonly observer: Observer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for data of a service besides its store: caches, the read model, layouts. */
  readonly folder: string;
  /** Folder for files that outlive the data: scanners and their databases. */
  readonly home: string;
  /** Receives one line about work that takes long. */
  readonly progress: (line: string) => void;
  /** Called if this process cannot go on: it ends, and is started again. */
  readonly fatal: (error: unknown) => void;
  /** The health of all services in this process, if it is meant to run all of them. */
  readonly together?: (() => Promise<readonly ServiceHealth[]>) | undefined;
  /** Scanner and database of the runner in this process, if it is the only one of the installation. */
  readonly advisories?: Advisories | undefined;
}

/** A running service. Its HTTP routes answer through `app`, which does not listen by itself. */
export interface RunningService {
  readonly name: string;
  readonly app: INestApplication;
  /** Why it cannot serve now, in one line, or `undefined` if it can. */
  ready?(): Promise<string | undefined>;
  /** True if most of its requests only read: it stays ready while the log takes no events, with a note. */
  readonly answersWithoutAppending?: boolean;
  /** Why only a restart can help it, in one line, or `undefined` if that is not so. */
  trouble?(): string | undefined;
  /** Notes for operators about its operation, one per line. Reported with readiness. */
  notes?(): readonly string[];
  /** Reasons why some topics are not read any further. Reported with readiness. */
  waits?(): readonly Wait[];
  /** The work before it. Reported with readiness. */
  figures?(): Promise<ServiceFigures>;
  /** Of a runner. Reported with readiness. */
  runner?(): RunnerState;
  /** Called when no more requests come: answer the waiting clients now. */
  ending?(): void;
  close(): Promise<void>;
}

/** A service, as seen by the embedded suite and the ingress. */
export interface Service {
  readonly name: string;
  /** Prefixes of its paths. The only table of routes, for the embedded front and for every ingress. */
  readonly routes: readonly RegExp[];
  /** The path that a browser is sent to from `/`. */
  readonly home?: string;
  /** The controllers of these routes. The API document is made from them. */
  readonly controllers: readonly Type[];
  /** The decider, for a rebuild. */
  readonly decider: Decider<never, never, never>;
  /** Its own settings. A process of one service reads those of `declaredProcess`, Kafka, Redis and blobs besides. */
  readonly settings: Settings<unknown>;
  start(ports: ServicePorts): Promise<RunningService>;
}

/** Connects a Nest application to the log through a host. From here on its `@EventPattern` classes receive events. */
export const consumeThrough = async (app: INestApplication, host: ServiceHost<never, never, never>): Promise<void> => {
  const microservice = app.connectMicroservice<MicroserviceOptions>(
    { strategy: new LogServer((topics, dispatch) => host.open(topics, dispatch)) },
    { deferInitialization: true },
  );
  microservice.useGlobalFilters(new RethrowFilter());
  await app.startAllMicroservices();
};
