import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { billing } from '@assay/billing';
import { EmbeddedStore, FolderBlobs, silent } from '@assay/event-sourcing';
import { Caller, operations } from '@assay/http';
import type { EventLog } from '@assay/messaging';
import { startTelemetry } from '@assay/telemetry';
import { eventually } from '@assay/testing';
import { ChargesController, type ChargesAnswer } from '../../../apps/billing/src/http/charges.controller.ts';

/** The billing service on a log. */
export interface Bills {
  /** A bill for a caller of a subscription, or of all. */
  of(period: string, subscription?: string): Promise<ChargesAnswer>;
  /** Asks it as a caller of all subscriptions, again while it is not ready. */
  ask(address: string, body?: object): Promise<any>;
  close(): Promise<void>;
}

/** Starts the billing service, and waits until it has read the log. */
export const billsOf = async (log: EventLog): Promise<Bills> => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-numbers-'));
  const store = new EmbeddedStore(':memory:');
  const running = await billing.start({
    log,
    store,
    observer: silent,
    env: {},
    folder: '',
    home: '',
    telemetry: await startTelemetry({ version: '0', env: {} }),
    blobs: new FolderBlobs(folder),
    progress: () => undefined,
    fatal: () => undefined,
  });
  await eventually(async () => (await running.ready?.()) === undefined);
  const app = running.app as NestFastifyApplication;
  const controller = app.get(ChargesController, { strict: false });
  return {
    ask: async (url, payload) => {
      const asked = () => app.inject({ method: payload ? 'POST' : 'GET', url, ...(payload ? { payload } : {}) });
      let answer = await asked();
      await eventually(async () => answer.statusCode !== 503 || ((answer = await asked()), false));
      if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
      return answer.json();
    },
    of: (period, subscriptionId) => {
      const scope = subscriptionId === undefined ? 'everything' : ({ kind: 'subscription', subscriptionId } as const);
      const caller = new Caller('ana', 'here', [{ may: operations, scope }]);
      const request = { caller, method: 'GET', url: '/assay/charges', protocol: 'http', headers: {} };
      return controller.list({ ...request, query: { period, top: '1000' } });
    },
    close: async () => {
      await running.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
};
