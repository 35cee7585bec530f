import { expect, it, onTestFinished } from 'vitest';
import type { WeighedAdvisories } from '@assay/events';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { eventOf, eventually } from '@assay/testing';
import { Weigher, type WeigherPorts } from './weigher.ts';

const comparison = {
  buckets: [],
  gone: [],
  emptied: {},
  halved: 0,
  removed: {},
  weakened: {},
  lowered: [],
  raised: [],
};

const offered = (dataref: string) => {
  const digest = `sha256:${'3'.repeat(64)}`;
  return eventOf(
    'advisories.offered',
    'trivy',
    {
      scanner: 'trivy',
      database: { digest, builtAt: '2026-11-24T00:00:00Z', demonstration: false },
      dataref: 'databases/44/4',
      bytes: 1,
      families: [],
      buckets: [],
      before: `sha256:${'2'.repeat(64)}`,
      state: 'offered',
      reasons: [],
      comparison: { dataref, bytes: 1, sha256: `sha256:${'4'.repeat(64)}` },
    },
    { time: new Date().toISOString() },
  );
};

/** A runner that owns both partitions, whose images have no results. */
const setting = async (get: (dataref: string) => Promise<Buffer>) => {
  const log = new EmbeddedLog(':memory:', 2);
  const head = { restored: true, evaluated: true, stateVersion: 1, epoch: 1, lastEmitted: '9.9', offsets: {} };
  const weigher = new Weigher({
    app: 'sandbox-runner',
    stateVersion: 1,
    log,
    store: {
      checkpoint: () => Promise.resolve(head),
      scan: () => Promise.resolve([]),
    } as unknown as WeigherPorts['store'],
    blobs: { get },
    isAdvisedBy: () => () => true,
    owned: () => [0, 1],
    observer: {
      failed: (_app, _activity, error) => {
        throw error;
      },
    },
  });
  onTestFinished(async () => {
    await weigher.close();
    await log.close();
  });
  weigher.start();
  const offer = async (dataref: string): Promise<string> => {
    const event = offered(dataref);
    await log.append([recordOf(event, 2)]);
    return event.id;
  };
  const answered = async (): Promise<readonly string[]> => {
    const offers: string[] = [];
    const topic = 'advisories.weighed';
    for await (const { records } of log.read(topic, 0, 0, await log.end(topic, 0)))
      offers.push(...records.map(({ value }) => (JSON.parse(value) as WeighedAdvisories).offer));
    return offers;
  };
  return { offer, answered };
};

it('an offer that comes while another one is answered takes no answer from it', async () => {
  const { promise: isFree, resolve: letGo } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const { offer, answered } = await setting(async (dataref) => {
    asked.push(dataref);
    if (dataref === 'first') await isFree;
    return Buffer.from(JSON.stringify(comparison));
  });
  const first = await offer('first');
  await eventually(() => asked.length > 0);
  const second = await offer('second');
  // The runner has followed the log that far before the first answer, unless the machine is busy: then it holds too.
  await new Promise((resolve) => setTimeout(resolve, 100));
  letGo();
  await eventually(async () => (await answered()).length > 3);
  expect(await answered()).toEqual([first, first, second, second]);
});
