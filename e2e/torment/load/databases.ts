import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { FolderBlobs } from '@assay/event-sourcing';
import { Api } from '../../../apps/assay/dist/client/api.js';
import { boltOf, contentOf } from '../../../libs/advisories/test/bolt.ts';
import { datedDatabase } from '../../../tools/dated-database.ts';
import { anonymous, tarOf } from '../../../tools/layout.ts';
import { lies, withMore, type Advised } from '../../../libs/advisories/test/ways.ts';
import type { Random } from '../../simulation/world/random.ts';
import type { DistributedSuite } from '../../distributed/suite.ts';

export interface DatabaseLoadOptions {
  readonly suite: DistributedSuite;
  /** The folder of the suite's blobs. */
  readonly blobs: string;
  readonly random: Random;
  /** Average time between two databases, in ms. */
  readonly everyMs: number;
  readonly failed: (activity: string, error: unknown) => void;
}

const published = new URL('../../images/advisories/trivy.db.zst', import.meta.url);
const release = 'debian 13';
/** Images of the release lose half of their findings, and none looks healthy: it has packages besides these. */
const hollowed = lies['twelve packages are emptied']!;
const minuteMs = 60_000;
const patienceMs = 90_000;

/**
 * Imports one database after the other. Every second one has lost twelve packages, so it is held; then it is released,
 * refused, or replaced by the next. By all of them, an image deserves the same status.
 */
export class DatabaseLoad {
  /** The outcomes, and how often each came. */
  readonly outcomes = new Map<string, number>();
  readonly #options: DatabaseLoadOptions;
  readonly #begin = Date.now();
  readonly #content: Promise<Advised>;
  #number = 0;

  constructor(options: DatabaseLoadOptions) {
    this.#options = options;
    this.#content = readFile(published).then(async (bytes) => {
      const content: Advised = await contentOf(zstdDecompressSync(bytes));
      withMore(content);
      return content;
    });
  }

  /** Imports databases until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, everyMs } = this.#options;
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      // An order waits for all partitions, also for those whose owners are away.
      await Promise.race([this.#persistently(this.#number % 2 === 1, signal), stopped]);
      await pause(random.between(0.5, 1.5) * everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Imports a last database that has everything, so that nothing is left open. */
  async finish(signal: AbortSignal): Promise<void> {
    const ends = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const late = new Promise<void>((resolve) => {
      ends.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#persistently(false, ends), late]);
    if (ends.aborted) this.#options.failed('the last import', new Error(`no answer for ${patienceMs / 1000} s`));
  }

  /** Orders the same database again until there is an answer. */
  async #persistently(isHollow: boolean, signal: AbortSignal): Promise<void> {
    const { dataref, bytes } = await new FolderBlobs(this.#options.blobs).put(await this.#next(isHollow), {
      area: 'databases',
    });
    while (!signal.aborted)
      try {
        await this.#take(isHollow, { dataref, bytes }, signal);
        return;
      } catch (error) {
        this.#count('no answer');
        this.#options.failed('an import', error);
        await pause(1000);
      }
  }

  get #api(): Api {
    const { url, token } = this.#options.suite.endpoint;
    return new Api(url, token);
  }

  async #take(isHollow: boolean, archive: object, signal: AbortSignal): Promise<void> {
    try {
      // By force, because the fixtures name no date of today. It passes no hold.
      const { outcome } = await this.#api.databaseOrder('import', { ...archive, force: true }, () => undefined);
      this.#count(`${isHollow ? 'hollow' : 'whole'} one ${outcome}`);
    } catch (error) {
      if (!String(error).includes('is held')) throw error;
      this.#count('held');
      if (!signal.aborted) await this.#decide();
    }
  }

  /** The next database. It differs from those before by one more package that no image has. */
  async #next(isHollow: boolean): Promise<Buffer> {
    this.#number += 1;
    const content = structuredClone(await this.#content);
    for (let each = 1; each <= this.#number; each += 1)
      content[release]![`torment-${each}`] = { [`CVE-2026-${100_000 + each}`]: '{"FixedVersion":"2"}' };
    if (isHollow) hollowed(content);
    const builtAt = new Date(this.#begin - 24 * 60 * minuteMs + this.#number * minuteMs).toISOString();
    const members = {
      'trivy.db': datedDatabase(boltOf(content), builtAt),
      'metadata.json': Buffer.from(JSON.stringify({ Version: 2, UpdatedAt: builtAt })),
    };
    const tar = await tarOf(async (into) => {
      for (const [name, bytes] of Object.entries(members)) into.entry({ ...anonymous, name, mode: 0o600 }, bytes);
    });
    return gzipSync(tar, { level: 1 });
  }

  async #decide(): Promise<void> {
    const order = this.#options.random.pick(['release', 'refuse', 'wait'] as const);
    if (order === 'wait') return this.#count('left for the next');
    await pause(this.#options.random.between(0, 3000));
    const held = await this.#api.heldDatabase();
    if (held?.state !== 'held') return;
    if (order === 'refuse') await this.#api.refuseDatabase(held.digest, 'tormented');
    else await this.#api.releaseDatabase(held.digest, held.consequences?.healthy ?? 0, 'tormented');
    this.#count(order === 'refuse' ? 'refused' : 'released');
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}
