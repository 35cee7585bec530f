import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FolderBlobs } from '@assay/event-sourcing';
import { Sealer } from '@assay/ingestion/sealing/sealer';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { eventOf, ManualClock } from '@assay/testing';
import { recordsOf, written, type Records } from '../../../libs/seals/test/forged.ts';
import { judgedSeals } from './sealed.ts';

const aLog = (): EmbeddedLog => {
  const log = new EmbeddedLog(':memory:', 2);
  onTestFinished(() => log.close());
  return log;
};

/** A log with three seals, which the outside place has too, and the verdict on a copy that was changed. */
const judgedAfter = async (change: (records: Records, lines: string[]) => void) => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-judged-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [log, copy, blobs, clock, lines] = [aLog(), aLog(), new FolderBlobs(folder), new ManualClock(), [] as string[]];
  const current = generateKeyPairSync('ed25519').privateKey;
  const sealer = new Sealer({
    log,
    blobs,
    keys: { current, all: [current] },
    places: [
      {
        name: 'lines',
        all: () => Promise.resolve(lines.map((line) => JSON.parse(line) as never)),
        write: (seal) => Promise.resolve(void lines.push(JSON.stringify(seal))),
      },
    ],
    owned: () => [0],
    observer: { failed: (_app, _activity, error) => expect.unreachable(String(error)) },
    everyMs: 1000,
    clock,
    breathe: () => Promise.resolve(),
  });
  for (let at = 0; at < 3; at += 1, clock.advance(1000)) {
    await log.append([recordOf(eventOf('usage.charged', `sha256:${at}`, { amount: '0.29' }), 2)]);
    await sealer.tick();
  }
  const records = await recordsOf(log);
  change(records, lines);
  await written(records, copy);
  const { faults, ...judged } = await judgedSeals(copy, blobs, () => Promise.resolve(lines.join('\n')));
  return { ...judged, faults: faults.map(({ detail }) => detail) };
};

const seals = (records: Records) => records.get('log.sealed/0')!;

it('has nothing against an honest log, not even a seal that came again', async () => {
  expect(await judgedAfter((_, lines) => lines.push('{"cut', lines[2]!))).toEqual({
    counted: 3,
    ignored: 0,
    faults: [],
    unsealed: [],
  });
});

it.each<[string, Parameters<typeof judgedAfter>[0], object]>([
  [
    'a changed record',
    (records) => {
      const charge = [...records].find(([place]) => place.startsWith('usage.charged'))![1][0]!;
      Object.assign(charge, { value: charge.value.replace('0.29', '0.19') });
    },
    { faults: expect.arrayContaining([expect.stringMatching(/^a seal has the chain .* records of usage.charged/)]) },
  ],
  [
    'a removed seal',
    (records) => void seals(records).splice(1, 1),
    { faults: expect.arrayContaining([expect.stringContaining('does not count')]) },
  ],
  ['a removed last seal', (records) => void seals(records).pop(), { unsealed: [expect.any(String)], counted: 2 }],
  [
    'outside places without order',
    (_, lines) => void lines.reverse(),
    { faults: expect.arrayContaining(['seal 1 of the outside place is not that of the log']) },
  ],
  ['an outside place that lacks seals', (_, lines) => void lines.splice(1), { unsealed: [expect.any(String)] }],
])('finds %s', async (_, change, found) => {
  expect(await judgedAfter(change)).toMatchObject(found);
});
