import { createHash } from 'node:crypto';
import {
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, link } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SandboxError } from '../sandbox/sandbox.ts';

/** All that the witness needs inside the sandbox, on the host. */
export interface WitnessRuntime {
  /** The folder that becomes `/runtime`. */
  readonly folder: string;
  /** The loader of dynamic programs, which starts Node. */
  readonly loader: string;
  /** First 12 hex digits of the SHA-256 of the program and Node's version. */
  readonly version: string;
}

const versionDigits = 12;

/** The compiled program. It lies in `dist` even if this file is run from its source. */
const programFolder = join(import.meta.dirname, '..', '..', 'dist', 'witness', 'program');

/** The JavaScript files of a folder. */
const scriptsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name))
    .toSorted();

/** The shared libraries of this process that are Node's own: those of the system, without add-ons of packages. */
const sharedLibraries = (): readonly string[] => {
  // Without this a report asks the name service about each open connection, and waits for it.
  Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects = [] } = process.report.getReport() as { sharedObjects?: string[] };
  return sharedObjects.filter((path) => /^\/(?:usr\/)?lib(?:32|64)?\//.test(path) && !path.endsWith('.node'));
};

const isLoader = (path: string): boolean => /\/ld(?:-linux|64|-musl)[^/]*\.so/.test(path);

const place = async (from: string, to: string): Promise<void> => {
  mkdirSync(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
};

interface Part {
  readonly from: string;
  readonly to: string;
}

const partsOf = (): { scripts: Part[]; libraries: readonly string[] } => {
  if (!existsSync(join(programFolder, 'main.js')))
    throw new SandboxError(
      'sandbox-cannot-start',
      'the witness, which looks into images beside the scanner, is not built',
      'run `npm run build`',
    );
  const scripts = scriptsIn(programFolder).map((from) => ({
    from,
    to: join('program', from.slice(programFolder.length)),
  }));
  return { scripts, libraries: sharedLibraries() };
};

const versionOf = (scripts: readonly Part[]): string => {
  const hash = createHash('sha256').update(process.version);
  for (const { from, to } of scripts) hash.update(`\0${to}\0`).update(readFileSync(from));
  return hash.digest('hex').slice(0, versionDigits);
};

/**
 * Gathers Node, its shared libraries and the program in one folder, once for each version. Other processes may use it.
 *
 * @throws SandboxError if the program is not built, or this Node is of a kind that has no loader
 */
export const openRuntime = async (home: string): Promise<WitnessRuntime> => {
  const { scripts, libraries } = partsOf();
  const loader = libraries.find(isLoader);
  if (loader === undefined)
    throw new SandboxError(
      'sandbox-cannot-start',
      `this build of Node (${process.execPath}) names no loader of its libraries`,
      'run Assay on Linux with the Node that `npm ci` installs',
    );
  const version = versionOf(scripts);
  const parent = join(home, 'witness');
  const folder = join(parent, `${version}-${process.arch}`);
  if (existsSync(folder)) return { folder, loader, version };
  mkdirSync(parent, { recursive: true });
  const made = mkdtempSync(join(parent, 'new-'));
  try {
    for (const { from, to } of scripts) await place(from, join(made, to));
    for (const library of libraries) await place(realpathSync(library), join(made, 'lib', basename(library)));
    await place(realpathSync(process.execPath), join(made, 'node'));
    writeFileSync(join(made, 'package.json'), '{"type":"module"}\n');
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Another process was first.
    if (!existsSync(folder)) throw error;
  }
  return { folder, loader, version };
};
