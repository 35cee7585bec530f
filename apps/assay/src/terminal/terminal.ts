import ora, { type Ora } from 'ora';
import pc from 'picocolors';
import { colorsOf, harmless, controlCharacters, painted, type Colors } from './colors.ts';

interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A line of the same kind comes at most this often where nobody can redraw it. */
const repeatMs = 5_000;

/** Results go to stdout, everything else to stderr, so that a pipe gets results only. */
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

  /** Never below 60: a table that is broken twice says nothing. */
  get width(): number {
    return Math.max(60, Math.min(this.stdout.columns || 80, 120));
  }

  result(text: string): void {
    this.quiet();
    const shown = painted(harmless(text));
    this.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  }

  /** The same data, with what a terminal would obey written as escapes. */
  json(value: unknown): void {
    this.raw(
      `${JSON.stringify(value, null, 2).replace(controlCharacters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`,
    );
  }

  /** A file's bytes, as they are. */
  raw(text: string): void {
    this.quiet();
    this.stdout.write(text);
  }

  /** A line for people. */
  note(line: string): void {
    const text = this.#spinner?.text;
    this.quiet();
    this.stderr.write(`${harmless(line)}\n`);
    if (text !== undefined) this.progress(text);
  }

  /** What is being done right now: a line that is redrawn, or lines that do not repeat themselves too often. */
  readonly progress = (line: string): void => {
    // A window without a width (a container's, before it is told) would have the spinner clear lines for ever.
    if (this.stderr.isTTY && this.stderr.columns) {
      this.#spinner ??= ora({ stream: process.stderr, discardStdin: false }).start();
      this.#spinner.text = harmless(line);
      return;
    }
    const kind = line.split(/[:\d]/, 1)[0]!;
    const now = performance.now();
    if (kind === this.#last.kind && now - this.#last.at < repeatMs) return;
    this.#last = { kind, at: now };
    this.stderr.write(`${harmless(line)}\n`);
  };

  /** Takes the redrawn line away. */
  quiet(): void {
    this.#spinner?.stop();
    this.#spinner = undefined;
  }
}
