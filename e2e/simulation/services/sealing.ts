import { createPrivateKey } from 'node:crypto';
import { Sealer, type SealerPorts } from '@assay/ingestion/sealing/sealer';
import { BlobCalls } from '../outside/sandbox.ts';
import { PlaceCalls } from '../outside/seals.ts';
import { withIds, type Given } from './composing.ts';

/** The same key in each schedule: Ed25519 from 32 bytes. */
const current = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${'5e'.repeat(32)}`, 'hex'),
  type: 'pkcs8',
  format: 'der',
});

/** Starts the real sealer of ingestion, if the schedule has seals. */
export const startSealer = (
  { process, log, observer, sealing }: Given,
  owned: SealerPorts['owned'],
): Sealer | undefined => {
  if (!sealing) return undefined;
  const { judge, outside, everyMs, mostRecords, asked, nextId } = sealing;
  const blobs = new BlobCalls(process);
  const sealer = new Sealer({
    ...asked({
      log: withIds(log, process, nextId),
      blobs: {
        put: async (bytes, form) => {
          const blob = await blobs.put(bytes, form);
          judge.blobs.set(blob.dataref, bytes);
          return blob;
        },
      },
      places: [new PlaceCalls(outside, process, judge)],
      owned,
    }),
    keys: { current, all: [current] },
    observer,
    everyMs,
    mostRecords,
    clock: process,
    breathe: () => process.yield(),
  });
  process.atEnd(() => sealing.ended(process.name, sealer.notes()));
  sealer.start();
  return sealer;
};
