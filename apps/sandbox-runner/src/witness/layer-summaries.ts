import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDigest } from '@assay/events';

/** Summaries of layers are small: some KB for a layer of one program, a few hundred for a whole system. */
const defaultBytes = 256 * 2 ** 20;

/**
 * Summaries of layers that this version of the witness has read, by digest. The folder is its own index, as with the
 * cache of blobs: the time of a file is its last use. No sandbox may ever write here.
 */
export class LayerSummaries {
  readonly #folder: string;
  readonly #maxBytes: number;
  #bytes: number | undefined;

  constructor(folder: string, version: string, maxBytes = defaultBytes) {
    this.#folder = join(folder, version);
    this.#maxBytes = maxBytes;
  }

  /** Returns the file with the summary of a layer, if it is known. */
  pathOf(digest: string): string | undefined {
    const path = this.#path(digest);
    if (!existsSync(path)) return undefined;
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      /* Without the new time it is forgotten earlier. */
    }
    return path;
  }

  keep(digest: string, summary: string): void {
    mkdirSync(this.#folder, { recursive: true });
    const arriving = join(this.#folder, `.${randomUUID()}`);
    writeFileSync(arriving, summary, { mode: 0o644 });
    renameSync(arriving, this.#path(digest));
    this.#shrink(Buffer.byteLength(summary));
  }

  #shrink(added: number): void {
    this.#bytes = (this.#bytes ?? Infinity) + added;
    if (this.#bytes <= this.#maxBytes) return;
    const files = readdirSync(this.#folder)
      .map((name) => join(this.#folder, name))
      .map((path) => ({ path, stats: statSync(path, { throwIfNoEntry: false }) }))
      .flatMap(({ path, stats }) => (stats ? [{ path, size: stats.size, usedAt: stats.mtimeMs }] : []))
      .toSorted((one, other) => one.usedAt - other.usedAt);
    this.#bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files) {
      if (this.#bytes <= this.#maxBytes) return;
      rmSync(path, { force: true });
      this.#bytes -= size;
    }
  }

  #path(digest: string): string {
    if (!isDigest(digest)) throw new TypeError('not a sha256 digest');
    return join(this.#folder, `${digest.slice('sha256:'.length)}.json`);
  }
}
