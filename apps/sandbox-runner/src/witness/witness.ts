import { chmodSync, constants, copyFileSync, linkSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';
import { removeLater } from '../remove-later.ts';
import { tooMuchJson } from '../scanner/json-bounds.ts';
import type { LayoutImage } from '../scanner/layout.ts';
import { stoppedFor, type ScanFault } from '../scanner/stopped.ts';
import type { ScanOptions } from '../scanner/scanner.ts';
import { isImageLine, isLayerLine, type ImageLine } from './answer-schema.ts';
import type { LayerSummaries } from './layer-summaries.ts';
import type { WitnessTask } from './program/answer.ts';
import type { WitnessRuntime } from './runtime.ts';

/** The end of a run of the witness. */
export type WitnessOutcome =
  | { readonly outcome: 'answered'; readonly answer: ImageLine['image']; readonly diffIds: readonly string[] }
  | ({ readonly outcome: 'failed' } & Readonly<ScanFault>)
  | { readonly outcome: 'cancelled' };

export interface WitnessParts {
  readonly sandbox: Sandbox;
  readonly runtime: WitnessRuntime;
  readonly summaries: LayerSummaries;
  /** The folder for the inputs of runs. On the file system of the layouts nothing is copied. */
  readonly inputs: string;
}

const mebibyte = 2 ** 20;

/** Node reserves address space that it does not use. */
const limits: Partial<SandboxLimits> = {
  memoryBytes: 768 * mebibyte,
  addressSpaceBytes: 4096 * mebibyte,
  dataBytes: 3072 * mebibyte,
  scratchBytes: mebibyte,
  scratchInodes: 16,
};

const args = [
  '--library-path',
  '/runtime/lib',
  '/runtime/node',
  '--permission',
  '--allow-fs-read=/runtime',
  '--allow-fs-read=/input',
  '--disallow-code-generation-from-strings',
  '--max-old-space-size=256',
  '--disable-warning=ExperimentalWarning',
  '/runtime/program/main.js',
];

const messageBytes = 500;
/** Answers for images that were looked at lately, so that a rescan starts no process. */
const keptAnswers = 64;
/** A longer answer is not remembered: an image may list a hundred thousand packages. */
const keptAnswerBytes = 256 * 1024;

/** A fault of the witness itself; the image gets no answer. */
const malformed = (detail: string): WitnessOutcome => ({
  outcome: 'failed',
  code: 'witness-failed',
  message: `the witness printed ${detail}`,
});

/**
 * Looks into an image in a sandbox of its own, beside the scanner: which package databases there are, where their paths
 * lead, and what each lists. A layer that this version has read is not read again.
 */
export class ImageWitness {
  readonly version: string;
  readonly #parts: WitnessParts;
  readonly #answers = new Map<string, Extract<WitnessOutcome, { outcome: 'answered' }>>();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
    this.version = parts.runtime.version;
  }

  /** @throws SandboxError if the sandbox did not start, SystemError of the disk: no fault of the image */
  async look({ layers }: LayoutImage, { timeoutMs, signal }: ScanOptions): Promise<WitnessOutcome> {
    const key = layers.map(({ digest }) => digest).join(' ');
    const known = this.#answers.get(key);
    if (known) return known;
    const input = mkdtempSync(join(this.#parts.inputs, 'input-'));
    try {
      const task = this.#prepare(input, layers);
      const { sandbox, runtime } = this.#parts;
      const run = await sandbox.run(
        { program: runtime.loader, runtime: runtime.folder, args, input, timeoutMs, limits },
        signal,
      );
      if (run.killedFor === 'cancelled') return { outcome: 'cancelled' };
      const stopped = stoppedFor(run, 'witness');
      if (stopped) return { outcome: 'failed', ...stopped };
      if (run.code !== 0)
        return {
          outcome: 'failed',
          code: 'witness-failed',
          message: `the witness ended with status ${run.code}: ${run.stderr.slice(-messageBytes)}`,
        };
      const read = this.#read(run.stdout, layers, task);
      if (read.outcome === 'answered' && answerBytes(run.stdout) <= keptAnswerBytes) this.#remember(key, read);
      return read;
    } finally {
      removeLater(input);
    }
  }

  #prepare(input: string, layers: LayoutImage['layers']): WitnessTask {
    // The slot's user reads it.
    chmodSync(input, 0o755);
    const link = (from: string, name: string): string => {
      try {
        linkSync(from, join(input, name));
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (!['EXDEV', 'EPERM', 'EMLINK', 'EEXIST'].includes(code)) throw error;
        if (code !== 'EEXIST') copyFileSync(from, join(input, name), constants.COPYFILE_FICLONE);
      }
      return name;
    };
    const task: WitnessTask = {
      layers: layers.map(({ digest, path }) => {
        const name = digest.slice('sha256:'.length);
        const summary = this.#parts.summaries.pathOf(digest);
        return summary === undefined
          ? { digest, blob: link(path, name) }
          : { digest, summary: link(summary, `${name}.json`) };
      }),
    };
    writeFileSync(join(input, 'task.json'), JSON.stringify(task), { mode: 0o644 });
    return task;
  }

  /**
   * Reads the lines of the output: one for each layer that was not known, and then the answer. A program that was taken
   * over must not replace what is known of other layers.
   */
  #read(stdout: Buffer, layers: LayoutImage['layers'], task: WitnessTask): WitnessOutcome {
    const asked = new Set(task.layers.flatMap((layer) => ('blob' in layer ? [layer.digest] : [])));
    const tooMuch = tooMuchJson(stdout);
    if (tooMuch !== undefined) return malformed(`no readable JSON: ${tooMuch}`);
    const lines = stdout.toString('utf8').split('\n').slice(0, -1);
    const last = parsed(lines.at(-1));
    if (!isImageLine(last) || last.diffIds.length !== layers.length) return malformed('no answer for the image');
    const kept = new Map<string, string>();
    for (const line of lines.slice(0, -1)) {
      const read = parsed(line);
      if (!isLayerLine(read) || !asked.has(read.layer) || kept.has(read.layer))
        return malformed('a summary of another layer');
      kept.set(read.layer, JSON.stringify(read.summary));
    }
    for (const [digest, summary] of kept) this.#parts.summaries.keep(digest, summary);
    return { outcome: 'answered', answer: last.image, diffIds: last.diffIds };
  }

  #remember(key: string, answered: Extract<WitnessOutcome, { outcome: 'answered' }>): void {
    if (this.#answers.size >= keptAnswers) {
      const oldest = this.#answers.keys().next();
      if (!oldest.done) this.#answers.delete(oldest.value);
    }
    this.#answers.set(key, answered);
  }
}

/** The length of the last line, which is the answer. */
const answerBytes = (stdout: Buffer): number => stdout.length - 1 - stdout.lastIndexOf('\n', stdout.length - 2);

const parsed = (line: string | undefined): unknown => {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
};
