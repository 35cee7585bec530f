import { createInterface } from 'node:readline/promises';
import ora, { type Ora } from 'ora';
import pc from 'picocolors';
import { colorsOf, harmless, controlCharacters, painted, type Colors } from './colors.ts';

interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Shortest interval of similar progress lines if the terminal cannot redraw. */
const repeatMs = 5_000;

/** Writes results to stdout and everything else to stderr, so that a pipe gets results only. */
export class Terminal {
  readonly colors: Colors;
  #spinner: Ora | undefined;
  #last = { kind: '', at: 0 };

  constructor(
    private readonly stdout: Sink = process.stdout,
    private readonly stderr: Sink = process.stderr,
    env: Readonly<Record<string, string | undefined>> = process.env,
  ) {
    this.colors = colorsOf(pc.isColorSupported && (stdout.isTTY === true || env.FORCE_COLOR !== undefined));
  }

  /** At least 60: a narrower table is unreadable. */
  get width(): number {
    return Math.max(60, Math.min(this.stdout.columns || 80, 120));
  }

  result(text: string): void {
    this.quiet();
    const shown = painted(harmless(text));
    this.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  /** Prints the same data, with control characters escaped. */
  json(value: unknown): void {
    const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    this.raw(`${JSON.stringify(value, null, 2).replace(controlCharacters, escape)}\n`);
  }

  /** Writes a file's content unchanged. */
  raw(text: string): void {
    this.quiet();
    this.stdout.write(text);
  }

  /** Prints a line for people. */
  note(line: string): void {
    const text = this.#spinner?.text;
    this.quiet();
    this.stderr.write(`${harmless(line)}\n`);
    if (text !== undefined) this.progress(text);
  }

  /** Shows the current step: a redrawn line, or lines at limited intervals. */
  readonly progress = (line: string): void => {
    // In a window without a width (a container's at first) the spinner would clear lines for ever.
    if (this.stderr.isTTY && this.stderr.columns) {
      this.#spinner ??= ora({ stream: process.stderr, discardStdin: false }).start();
      this.#spinner.text = harmless(line);
      return;
    }
    const [kind = ''] = line.split(/[:\d]/, 1);
    const now = performance.now();
    if (kind === this.#last.kind && now - this.#last.at < repeatMs) return;
    this.#last = { kind, at: now };
    this.stderr.write(`${harmless(line)}\n`);
  };

  /** Asks a person; undefined if none is there: either end is not a terminal. */
  async answer(question: string): Promise<string | undefined> {
    if (!process.stdin.isTTY || !this.stderr.isTTY) return undefined;
    this.quiet();
    const asked = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return (await asked.question(harmless(question))).trim();
    } finally {
      asked.close();
    }
  }

  /** Removes the redrawn line. */
  quiet(): void {
    this.#spinner?.stop();
    this.#spinner = undefined;
  }
}
