import { DatabaseError, remedyFor, whyOf, withSteps } from '@assay/advisories';
import { every, systemClock, type Clock, type Observer } from '@assay/event-sourcing';
import type { Scanner } from '@assay/events';
import type { OpenedScanner } from './registration.ts';
import { ScannerError } from './scanner-error.ts';

/** Another build is taken into use so soon after it was installed, ms. */
const everyMs = 10_000;

/** A build that was opened beside the one in use. */
export interface OpenedBuild extends Pick<OpenedScanner, 'withDatabase' | 'prove'> {
  readonly scanner: Scanner;
}

export interface BuildsPorts {
  /** As in the registration of the scanner. */
  readonly look: () => Promise<string | undefined>;
  readonly open: () => Promise<OpenedBuild>;
  /** Proves a build and puts it to use. */
  readonly use: (build: OpenedBuild) => Promise<void>;
  readonly inUse: () => Scanner;
  readonly isRecalled: (digest: string) => boolean;
  readonly observer: Pick<Observer, 'failed'>;
  readonly progress: (line: string) => void;
  readonly clock?: Clock | undefined;
}

const named = ({ name, version }: Scanner): string => `${name} ${version}`;

/**
 * Takes a build that is installed while the runner runs into use, without a restart. One that is unfit, recalled or
 * does not pass the canary is not tried again until its file changes; the one in use stays.
 */
export class Builds {
  #tried: string | undefined;
  #note: string | undefined;
  #looking: Promise<void> | undefined;
  #stop: (() => void) | undefined;

  /** @param first the file of the build in use, as `look` named it */
  constructor(
    private readonly ports: BuildsPorts,
    first: string | undefined,
  ) {
    this.#tried = first;
  }

  start(): void {
    this.#stop = every(this.ports.clock ?? systemClock, everyMs, () => void this.look());
  }

  /** Looks once. A look in progress is joined. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    }));
  }

  async #look(): Promise<void> {
    const { look, open, use, inUse, isRecalled, observer, progress } = this.ports;
    const found = await look().catch(() => undefined);
    if (found === undefined || found === this.#tried) return;
    this.#tried = found;
    try {
      const build = await open();
      const { digest } = build.scanner;
      if (isRecalled(digest)) {
        this.#note = `${named(build.scanner)} (${digest}) is recalled, so it is not used; ${named(inUse())} serves`;
        return;
      }
      if (digest !== inUse().digest) {
        await use(build);
        progress(`scans with ${named(build.scanner)} (${digest})`);
      }
      this.#note = undefined;
    } catch (error) {
      const [file = ''] = found.split(' ', 1);
      const note = withSteps(`${file} is not used: ${whyOf(error)}; ${named(inUse())} serves`, remedyFor(error));
      if (note !== this.#note) observer.failed('sandbox-runner', `taking the scanner ${file} into use`, error);
      this.#note = note;
      // The build itself is not at fault if the sandbox did not start.
      if (!(error instanceof ScannerError || error instanceof DatabaseError)) this.#tried = undefined;
    }
  }

  /** The obstacle that keeps another build from use, in one line. */
  notes(): readonly string[] {
    return this.#note === undefined ? [] : [this.#note];
  }

  async close(): Promise<void> {
    this.#stop?.();
    await this.#looking;
  }
}
