import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PastRecord } from './record.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folderOfKept = join(root, 'node_modules/.cache/assay/pasts');

/** One that was not used for so long is removed when another one is kept. */
const unusedMs = 2 * 3_600_000;

/** The end of a past is no part of what is kept. */
export type KeptOf = Pick<PastRecord, 'seed' | 'today' | 'ports'>;

/** The portal is no part of a past. */
const isOfServices = (name: string): boolean => name !== 'portal';

const built = (kind: 'apps' | 'libs'): string[] =>
  readdirSync(join(root, kind))
    .filter(isOfServices)
    .map((name) => `${kind}/${name}/dist`)
    .filter((path) => existsSync(join(root, path)));

/**
 * Files and folders of the repository by which a past is made: the services as they are built, with what they need, and
 * the story.
 */
export const inputsOfPast = (): readonly string[] => [
  'package-lock.json',
  ...built('libs'),
  ...built('apps'),
  'e2e/past',
  'e2e/images/windows',
  'e2e/images/helm-chart',
  'e2e/images/cosign-signature',
  'e2e/simulation/world/random.ts',
  'libs/http/test/issuer.ts',
  'tools/services/ports.ts',
];

const filesIn = (path: string): string[] =>
  statSync(resolve(root, path)).isFile()
    ? [path]
    : readdirSync(resolve(root, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(path, relative(resolve(root, path), join(entry.parentPath, entry.name))));

/** Neither tests nor declarations change a past. */
const counts = (file: string): boolean => !/\.spec\.|\.d\.ts$|\.map$|\.tsbuildinfo$/.test(file);

/** The name of what is kept: the hash of all from which it was made. */
const nameOf = ({ seed, today, ports }: KeptOf, inputs: readonly string[]): string => {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([process.version, seed, today, ports]));
  for (const file of inputs.flatMap(filesIn).filter(counts).toSorted())
    hash.update(`\0${file}\0`).update(readFileSync(resolve(root, file)));
  return hash.digest('hex').slice(0, 32);
};

/** Dates the last use by the clock of this process, which also judges it. */
const used = (folder: string): void => {
  const now = new Date();
  utimesSync(folder, now, now);
};

/** The making of a past up to its last hour, kept between runs. A past of other inputs has another place. */
export class KeptPast {
  readonly #place: string;

  /**
   * @param folder the folder of all that is kept
   * @param inputs files and folders of the repository by which it is made
   */
  constructor(record: KeptOf, folder = folderOfKept, inputs = inputsOfPast()) {
    this.#place = join(folder, nameOf(record, inputs));
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (Date.now() - statSync(path).mtimeMs > unusedMs) rmSync(path, { recursive: true, force: true });
    }
  }

  /** @returns whether there was one; it is in the folder then */
  copyTo(folder: string): boolean {
    if (!existsSync(this.#place)) return false;
    used(this.#place);
    cpSync(this.#place, folder, { recursive: true });
    return true;
  }

  /** Keeps what is in a folder, if no other process was faster. */
  keep(folder: string): void {
    const made = mkdtempSync(join(dirname(this.#place), 'new-'));
    cpSync(folder, made, { recursive: true });
    used(made);
    try {
      renameSync(made, this.#place);
    } catch {
      rmSync(made, { recursive: true });
    }
  }
}
