import { clock, sweepSeconds } from './clock.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announcedAdvisories } from '@assay/event-sourcing';
import type { Topic } from '@assay/events';
import { pushLayout } from '@assay/local-registry';
import { partitionOf } from '@assay/messaging';
import { announceAdvisories } from '../../apps/ingestion/dist/registry/announce.js';
import { packageListsVersion } from '@assay/verdict';
import { scannerBuilds, type PackageCatalogue } from './catalogue.ts';
import { writeLayout, type PastImage } from './layout.ts';
import { Outside, type Person } from './outside.ts';
import { Watch } from './steady.ts';
import { registryNames, type PastRecord, type PastRegistryName } from './record.ts';
import { startPast, type PastSuite } from './suite.ts';

/** How long the delivery of a webhook takes, ms. */
const deliveryMs = 1_300;
/** A loop looks again within this time, ms. */
const pollMs = 1_100;
const rescanMs = 900;
/** The deadline of every request to a registry, ms. */
const requestMs = 120_000;
/** How long a push may wait for its result, ms. */
const promiseMs = 15 * 60_000;

export interface MakerOptions {
  readonly folder: string;
  readonly record: PastRecord;
  /** The folder holds the past up to its last hour: the scanner and the database are the last ones. */
  readonly isLastHour?: boolean;
}

/** Makes a past: acts on a running suite whose time it sets. */
export class Maker {
  readonly #options: MakerOptions;
  readonly #outside: Outside;
  readonly #layouts = mkdtempSync(join(tmpdir(), 'assay-past-'));
  #past!: PastSuite;
  #build: number;
  #database = 0;
  #working = 0;
  #watch!: Watch;
  /** Scans that never end. After its deadline, each is tried again for long. */
  #endless = 0;
  /** Images of which no webhook came. */
  readonly #unnoticed: string[] = [];
  /** The deadlines of those that have not passed, ms since the epoch. */
  #deadlines: number[] = [];
  /** How long the scan of the next push takes, ms. Without it, scans take no time of the story. */
  #scanMs: number | undefined;

  private constructor(options: MakerOptions, outside: Outside) {
    this.#options = options;
    this.#outside = outside;
    this.#build = options.isLastHour ? scannerBuilds.length - 1 : 0;
  }

  static async open(options: MakerOptions): Promise<Maker> {
    const maker = new Maker(options, await Outside.open(() => clock.pass(deliveryMs)));
    await maker.#start(options.isLastHour ? undefined : 0);
    return maker;
  }

  get catalogue(): PackageCatalogue {
    return this.#past.catalogue;
  }

  /** @param database number of the database that the runner begins with: the last one if absent */
  async #start(database?: number): Promise<void> {
    const { folder, record } = this.#options;
    this.#past = await startPast({
      folder,
      record,
      env: {
        ASSAY_SWEEP_SECONDS: String(sweepSeconds),
        ASSAY_REQUESTS_PER_SECOND: '1000000',
        ASSAY_REQUESTS_BURST: '1000000',
        ...this.#outside.env,
      },
      scanner: scannerBuilds[this.#build]!,
      ...(database === undefined ? {} : { database }),
      pace: () => this.#scan(),
    });
    this.#watch = new Watch(this.#past.suite);
    await this.settled();
  }

  async #scan(): Promise<number> {
    const ms = this.#scanMs;
    if (ms === undefined) return rescanMs;
    this.#working += 1;
    await clock.pass(ms);
    this.#working -= 1;
    return ms;
  }

  /** Lets time pass until a moment, ms since the epoch. */
  async until(moment: number): Promise<void> {
    if (moment <= clock.now()) return;
    await this.#watch.shown();
    for (const deadline of this.#deadlines.filter((each) => each <= moment)) {
      const before = this.#watch.appended;
      await clock.pass(deadline - clock.now());
      this.#deadlines = this.#deadlines.filter((each) => each !== deadline);
      // The time-out is published at the deadline. How fast that goes must not decide whether the image is late first.
      do await this.#steady();
      while (this.#watch.appended === before);
    }
    await clock.pass(moment - clock.now());
    await this.settled();
  }

  #steady(): Promise<void> {
    return this.#watch.steady(() => this.#working > 0 || clock.awaits(requestMs), this.#endless);
  }

  /** Waits until nothing goes on, also not at the next look of a loop. */
  async settled(): Promise<void> {
    for (let before = -1; before !== this.#watch.appended;) {
      await this.#steady();
      before = this.#watch.appended;
      await clock.pass(pollMs);
      await this.#steady();
    }
  }

  #registry(name: PastRegistryName): { readonly loginServer: string; readonly registryId: string } {
    return this.#past.suite.endpoint.registries[registryNames.indexOf(name)]!;
  }

  registryId(name: PastRegistryName): string {
    return this.#registry(name).registryId;
  }

  /**
   * Pushes an image of the past, and waits for its result.
   *
   * @param scanMs how long its scan takes
   * @returns its digest
   */
  async push(
    registry: PastRegistryName,
    repository: string,
    tag: string,
    image: PastImage,
    scanMs = 40_000,
  ): Promise<string> {
    const layout = join(this.#layouts, image.build);
    const created = new Date(clock.now() - 600_000).toISOString();
    await writeLayout(layout, this.catalogue, image, created);
    if (image.trait !== 'endless') return this.pushLayout(registry, repository, tag, layout, scanMs);
    this.#endless += 1;
    const before = this.#watch.started;
    return this.pushLayout(registry, repository, tag, layout, scanMs, async () => {
      this.#deadlines.push(clock.now() + promiseMs);
      // No time passes until it has begun: nothing waits for its end, so nothing else would hold time back.
      do await this.#steady();
      while (this.#watch.started === before);
    });
  }

  /** The same of any layout. */
  async pushLayout(
    registry: PastRegistryName,
    repository: string,
    tag: string,
    layout: string,
    scanMs = 40_000,
    received: () => Promise<void> = async () => undefined,
  ): Promise<string> {
    this.#scanMs = scanMs;
    const { digest } = await pushLayout(layout, {
      registry: this.#registry(registry).loginServer,
      repository,
      tag,
      plainHttp: true,
    });
    await this.#outside.delivered();
    await received();
    await this.settled();
    this.#scanMs = undefined;
    return digest;
  }

  /** The layout of an image that was pushed before. */
  layoutOf(build: string): string {
    return join(this.#layouts, build);
  }

  /** Deletes an image from its registry. */
  async remove(registry: PastRegistryName, repository: string, digest: string): Promise<void> {
    await fetch(`http://${this.#registry(registry).loginServer}/v2/${repository}/manifests/${digest}`, {
      method: 'DELETE',
    });
    await this.#outside.delivered();
    await this.settled();
  }

  /** Does something of which no webhook comes. */
  async silently(act: () => Promise<{ readonly digest: string } | void>): Promise<void> {
    this.#outside.isSilent = true;
    const pushed = await act();
    if (pushed) this.#unnoticed.push(pushed.digest);
    this.#outside.isSilent = false;
  }

  /** Sweeps all registries. Between two requests a sweep looks like none, so what it must find is waited for. */
  async sweep(): Promise<void> {
    await clock.sweep();
    do await this.settled();
    while (!this.#unnoticed.every((digest) => this.#watch.pushed.has(digest)));
    this.#unnoticed.length = 0;
  }

  /** Announces the nth database, and waits until every image is assessed by it. */
  async announceDatabase(n: number): Promise<void> {
    this.#database = n;
    const { log } = this.#past.suite;
    const [scanner, database] = [scannerBuilds[this.#build]!, this.catalogue.database(n)];
    await announceAdvisories(log, { scanner: scanner.name, database, program: scanner }, packageListsVersion);
    await this.settled();
  }

  /** Starts everything with the next build of the scanner. */
  async replaceScanner(): Promise<void> {
    await this.#past.close();
    this.#build += 1;
    await this.#start(this.#database);
  }

  /** Appends a record that no consumer can read. */
  async poison(topic: Topic, key: string, id: string): Promise<void> {
    const { log } = this.#past.suite;
    const headers = {
      ce_id: id,
      ce_type: `assay.${topic}.v1`,
      ce_source: '/assay/unknown',
      ce_specversion: '1.0',
      ce_time: new Date(clock.now()).toISOString(),
      'content-type': 'application/json',
    };
    await log.append([{ topic, partition: partitionOf(key, log.partitions), key, headers, value: '{"half":' }]);
    await this.settled();
  }

  /**
   * Sends a request as a person.
   *
   * @returns its answer; nothing if the change was recorded and could not be read in time
   * @throws Error if it is not answered with success
   */
  async call<T>(person: Person, method: string, path: string, body?: object): Promise<T> {
    await this.#watch.shown();
    const response = await fetch(this.#past.suite.endpoint.url + path, {
      method,
      headers: {
        authorization: `Bearer ${await this.#outside.token(person)}`,
        'content-type': 'application/json',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    // Beside others it may take longer than a caller waits until a change can be read.
    const isRecorded = response.status === 503 && text.includes('The change is recorded');
    if (!response.ok && !isRecorded) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    await this.settled();
    return (text === '' || isRecorded ? undefined : JSON.parse(text)) as T;
  }

  /** How many databases were announced. */
  async announced(): Promise<number> {
    return (await announcedAdvisories(this.#past.suite.log)).length;
  }

  async close(): Promise<void> {
    await this.#watch.shown();
    await this.#past.close();
    this.#outside.close();
    rmSync(this.#layouts, { recursive: true, force: true });
  }
}
