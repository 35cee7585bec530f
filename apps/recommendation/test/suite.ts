import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { armApplication, type ArmApplicationOptions } from '@assay/http';
import { FolderBlobs, putInventory, type BlobStore } from '@assay/event-sourcing';
import type { AnyEvent } from '@assay/events';
import { KustoTranslator } from '@assay/kusto';
import { EmbeddedLog, LogClient } from '@assay/messaging';
import { patienceMs } from '@assay/testing';
import {
  AssessmentSettings,
  GraphSettings,
  Inventories,
  LaneLimits,
  Peers,
  PortalSettings,
  StatementKey,
  recommendationControllers,
  recommendationProviders,
} from '../src/http/index.ts';
import { catalogue } from '../src/http/resource-graph/catalogue.ts';
import { View, type ViewOptions } from '@assay/read-model/view/view';
import { exampleInventory, soon, tell } from '../../../libs/read-model/test/fixtures.ts';

export interface ServiceUnderTest {
  readonly log: EmbeddedLog;
  readonly view: View;
  readonly app: NestFastifyApplication;
  /** The blobs of the runners. They hold the inventory that the fixtures name. */
  readonly blobs: BlobStore;
  /** The current time; the test may set it. */
  readonly clock: { now: number };
  /** Appends, and waits until the events can be read. */
  publish(...events: readonly AnyEvent[]): Promise<void>;
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: any; headers: Record<string, unknown> }>;
  post(path: string, payload?: object, headers?: Record<string, string>): Promise<{ status: number; body: any }>;
  /** Reads a list page by page, as a client does. */
  all(path: string, pages?: number[]): Promise<any[]>;
  close(): Promise<void>;
}

export interface ServiceOptions extends Partial<ViewOptions> {
  readonly arm?: ArmApplicationOptions;
  readonly settings?: AssessmentSettings;
  readonly graph?: Partial<GraphSettings>;
  readonly peers?: Peers;
  readonly portal?: PortalSettings;
  readonly lanes?: Partial<LaneLimits>;
  /** Signs statements. */
  readonly key?: KeyObject;
}

/** One for all that start in this thread: loading the parser takes longer than a test. It ends with the thread. */
const translator = new KustoTranslator(catalogue);

/** The routes of this service over its own view, on a log in memory. */
export const suite = async ({
  arm = {},
  settings,
  graph,
  peers = new Peers(),
  portal,
  lanes,
  key,
  ...options
}: ServiceOptions = {}): Promise<ServiceUnderTest> => {
  const log = (options.log as EmbeddedLog | undefined) ?? new EmbeddedLog(':memory:', 4);
  const clock = { now: soon };
  const folder = mkdtempSync(join(tmpdir(), 'assay-recommendation-'));
  const blobs = new FolderBlobs(folder);
  await putInventory(blobs, exampleInventory);
  const view = await View.open({
    path: ':memory:',
    clock: () => clock.now,
    onError: (error) => {
      console.error(error);
    },
    ...options,
    log,
  });
  @Module({
    controllers: recommendationControllers,
    providers: [
      ...recommendationProviders,
      { provide: View, useValue: view },
      { provide: LogClient, useValue: new LogClient(log) },
      { provide: Peers, useValue: peers },
      { provide: StatementKey, useValue: new StatementKey(key) },
      {
        provide: LaneLimits,
        useValue: new LaneLimits({
          pageMs: patienceMs,
          byKeyMs: patienceMs,
          walkMs: patienceMs,
          fileMs: patienceMs,
          ...lanes,
        }),
      },
      { provide: Inventories, useValue: new Inventories(blobs) },
      ...(portal ? [{ provide: PortalSettings, useValue: portal }] : []),
      ...(settings ? [{ provide: AssessmentSettings, useValue: settings }] : []),
      { provide: KustoTranslator, useValue: translator },
      { provide: GraphSettings, useValue: new GraphSettings({ limitMs: patienceMs, ...graph }) },
    ],
  })
  class Routes {}
  const app = await armApplication(Routes, { signingKey: 'for tests', ...arm });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const get: ServiceUnderTest['get'] = async (url, headers = {}) => {
    const answer = await app.inject({ method: 'GET', url, headers });
    return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), headers: answer.headers };
  };
  return {
    log,
    view,
    app,
    blobs,
    clock,
    get,
    post: async (url, payload, headers = {}) => {
      const answer = await app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headers },
        ...(payload ? { payload } : {}),
      });
      return { status: answer.statusCode, body: answer.json() };
    },
    publish: async (...events) => {
      await tell(log, ...events);
      await view.caughtUp();
    },
    all: async (path, pages = []) => {
      const read: any[] = [];
      for (let url: string | undefined = path; url;) {
        const { status, body } = await get(url);
        if (status !== 200) throw new Error(`${url}: ${status} ${JSON.stringify(body)}`);
        read.push(...body.value);
        pages.push(body.value.length);
        url = body.nextLink?.replace(/^https?:\/\/[^/]+/, '');
      }
      return read;
    },
    close: async () => {
      await app.close();
      await log.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Counts what is appended to it. */
class CountingLog extends EmbeddedLog {
  appends = 0;

  override append(...given: Parameters<EmbeddedLog['append']>): ReturnType<EmbeddedLog['append']> {
    this.appends += 1;
    return super.append(...given);
  }
}

/**
 * A suite for each test of a file, over these events. It is the one of the test before if that has appended nothing and
 * left the clock as it was: all state comes from the log, so tests that only ask, or are refused, need no new one.
 */
export const suites = (options: ServiceOptions, ...events: readonly AnyEvent[]) => {
  let kept: { readonly assay: ServiceUnderTest; readonly log: CountingLog; readonly appends: number } | undefined;
  const close = async (): Promise<void> => {
    await kept?.assay.close();
    kept = undefined;
  };
  return {
    next: async (): Promise<ServiceUnderTest> => {
      if (kept && kept.log.appends === kept.appends && kept.assay.clock.now === soon) return kept.assay;
      await close();
      const log = new CountingLog(':memory:', 4);
      const assay = await suite({ ...options, log });
      await assay.publish(...events);
      kept = { assay, log, appends: log.appends };
      return assay;
    },
    close,
  };
};
