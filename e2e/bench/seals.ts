import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { FolderBlobs } from '@assay/event-sourcing';
import { EmbeddedLog, recordOf } from '@assay/messaging';
import { envelopeIn, nextSeal, SealChain, verify } from '@assay/seals';
import { eventOf } from '@assay/testing';
import { temporary, type BenchRow } from './setting.ts';

/** Events of one append. */
const together = 500;

/** Processor time of a part of work, in seconds. */
const processor = async <T>(work: () => Promise<T>): Promise<readonly [number, T]> => {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, result];
};

/** Processor time of sealing a log of so many charges in a file, of verifying it, and of reading it alone. */
export const measureSeals = async (events: number): Promise<BenchRow[]> => {
  const folder = temporary('seals');
  const log = new EmbeddedLog(join(folder, 'log.db'));
  const blobs = new FolderBlobs(join(folder, 'blobs'));
  const { privateKey: current } = generateKeyPairSync('ed25519');
  try {
    const charge = {
      amount: '0.29',
      currency: 'USD',
      priceRule: 'image',
      repository: 'team/app',
      note: 'x'.repeat(400),
    };
    for (let done = 0; done < events; done += together)
      await log.append(
        Array.from({ length: together }, (_, at) =>
          recordOf(eventOf('usage.charged', `sha256:${String(done + at).padStart(64, '0')}`, charge), log.partitions),
        ),
      );
    const [reading] = await processor(async () => {
      for (let partition = 0; partition < log.partitions; partition += 1)
        for await (const _ of log.read('usage.charged', partition, 0, await log.end('usage.charged', partition)));
    });
    const [sealing] = await processor(async () => {
      const ports = {
        log,
        keys: { current, all: [current] },
        store: (prefixes: Buffer) => blobs.put(prefixes, { area: 'seals' }),
        breathe: () => Promise.resolve(),
      };
      const chain = new SealChain();
      do {
        const envelope = await nextSeal(ports, chain, Date.now());
        const [offset] = await log.append([recordOf(eventOf('log.sealed', 'seal', envelope), log.partitions)]);
        chain.take(envelopeIn(JSON.stringify(envelope)), offset!);
      } while (chain.head?.more);
    });
    const [verifying, { state }] = await processor(() => verify({ log, file: (dataref) => blobs.get(dataref) }));
    if (state !== 'good') throw new Error(`the log is ${state}`);
    const row = (what: string, measured: number): BenchRow => ({
      what: `${what} ${events.toLocaleString('en')} events, processor`,
      measured,
      unit: 's',
    });
    return [row('reading', reading), row('sealing', sealing), row('verifying', verifying)];
  } finally {
    await log.close();
  }
};
