import type { INestApplication, Type } from '@nestjs/common';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { LogServer, RethrowFilter, type EventLog, type Wait } from '@assay/messaging';
import type { Telemetry } from '@assay/telemetry';
import type { BlobStore } from './blobs.ts';
import type { ServiceHost } from './host.ts';
import type { Observer } from './observer.ts';
import type { Decider } from './decider.ts';
import type { Store } from './store.ts';

/** How one service stands, as its process says. */
export interface ServiceHealth {
  readonly name: string;
  /** Why it cannot serve just now, a line each; none where it can. */
  readonly reasons: readonly string[];
  /** What an operator should know of how it works. */
  readonly notes: readonly string[];
}

/** What every service is given by whoever starts it: the embedded suite, or its own `main.ts`. */
export interface ServicePorts {
  readonly log: EventLog;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly telemetry: Telemetry;
  readonly observer: Observer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for what a service keeps besides its store: caches, the read model, layouts. */
  readonly folder: string;
  /** Folder for what outlives the data: scanners and their databases. */
  readonly home: string;
  /** Is told, in a line, what takes long. */
  readonly progress: (line: string) => void;
  /** Is told that nothing more can be done in this process: it ends, to be started again. */
  readonly fatal: (error: unknown) => void;
  /** How all services stand that run in this process, where it is meant to run all of them. */
  readonly together?: (() => Promise<readonly ServiceHealth[]>) | undefined;
}

/** A service that runs; its HTTP routes answer through `app`, which does not listen by itself. */
export interface RunningService {
  readonly name: string;
  readonly app: INestApplication;
  /** Why it cannot serve just now, in a line; undefined when it can. */
  ready?(): Promise<string | undefined>;
  /** Why it does not come to itself any more without being started again, in a line; undefined while it may. */
  trouble?(): string | undefined;
  /** What an operator should know of how it works, a line each: told with readiness. */
  notes?(): readonly string[];
  /** Why some of what it should hear is not read on: told with readiness. */
  waits?(): readonly Wait[];
  /** No more requests come: whoever waits for an answer is to have it now. */
  ending?(): void;
  close(): Promise<void>;
}

/** A service as the embedded suite and the ingress know it. */
export interface Service {
  readonly name: string;
  /** Path prefixes that it answers. The one table for the embedded front and for every ingress. */
  readonly routes: readonly RegExp[];
  /** Who answers there; the API document is made of what their routes say. */
  readonly controllers: readonly Type[];
  /** The program, for a rebuild. */
  readonly decider: Decider<never, never, never>;
  start(ports: ServicePorts): Promise<RunningService>;
}

/** Connects a Nest application to the log through a host: from here on its `@EventPattern` classes hear. */
export const consumeThrough = async (app: INestApplication, host: ServiceHost<never, never, never>): Promise<void> => {
  const microservice = app.connectMicroservice<MicroserviceOptions>(
    { strategy: new LogServer((topics, dispatch) => host.open(topics, dispatch)) },
    { deferInitialization: true },
  );
  microservice.useGlobalFilters(new RethrowFilter());
  await app.startAllMicroservices();
};
