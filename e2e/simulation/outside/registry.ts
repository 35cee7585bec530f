import {
  RegistryError,
  type Descriptor,
  type ImageConfig,
  type Manifest,
  type Pulled,
  type PullOptions,
} from '@assay/registry';
import type { Process } from '../world/process.ts';
import type { SimulatedImage } from './images.ts';

/** Pages of a long listing. Each takes a second, so that no sweep reads them all. */
export const longPages = 12;
const pageMs = 1000;
const pagesIn = 'a/';

/** An image of a repository between the loss of its last tag and its next one, ms since the epoch. */
interface Untagged {
  readonly name: string;
  readonly from: number;
  until: number;
}

/** A tag and what it named from a time on, ms since the epoch. */
interface Named {
  readonly name: string;
  readonly digest: string | undefined;
  readonly at: number;
}

/** One registry: its present content, and the API for a process. */
export class ImageRegistry {
  /** True once it does not exist any more: nothing answers. */
  isGone = false;
  /** Empty repositories that are listed before the others, one a page: `Infinity` for a listing without end. */
  pages = 0;
  /** Time of the last request for a part of its list, ms since the epoch, and the highest part of all requests. */
  listed = { at: 0, part: -1 };
  readonly #repositories = new Map<string, Map<string, SimulatedImage>>();
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #named: Named[] = [];
  readonly #untagged: Untagged[] = [];

  constructor(
    /** Changes when the registry is moved. */
    public registryId: string,
    readonly loginServer: string,
    readonly subscriptionId: string,
  ) {}

  put(repository: string, tag: string, image: SimulatedImage, at: number): void {
    for (const each of [image, ...(image.children ?? [])]) this.#in(repository).set(each.digest, each);
    this.#name(repository, tag, image.digest, at);
  }

  remove(repository: string, digest: string, at: number): void {
    for (const [tag, tagged] of this.#tagsIn(repository))
      if (tagged === digest) this.#name(repository, tag, undefined, at);
    this.#in(repository).delete(digest);
  }

  untag(repository: string, tag: string, at: number): void {
    this.#name(repository, tag, undefined, at);
  }

  #name(repository: string, tag: string, digest: string | undefined, at: number): void {
    if (digest === undefined) this.#tagsIn(repository).delete(tag);
    else this.#tagsIn(repository).set(tag, digest);
    this.#named.push({ name: `${repository}:${tag}`, digest, at });
    for (const each of this.#in(repository).keys()) {
      const name = `${repository}@${each}`;
      const last = this.#untagged.findLast((lost) => lost.name === name);
      const isOpen = last?.until === Infinity;
      const hasTag = this.state(repository, each) === 'tagged';
      if (isOpen && hasTag) last.until = at;
      if (!isOpen && !hasTag) this.#untagged.push({ name, from: at, until: Infinity });
    }
  }

  /** True if a tag named a digest, or nothing, at any moment between two times. */
  hasNamed(repository: string, tag: string, digest: string | undefined, from: number, until: number): boolean {
    const all = this.#named.filter(({ name }) => name === `${repository}:${tag}`);
    return [{ digest: undefined, at: 0 }, ...all].some(
      (each, place) => each.digest === digest && each.at <= until && (all[place]?.at ?? Infinity) >= from,
    );
  }

  /** For how long an image had no tag at most until a time, ms. */
  untaggedMs(repository: string, digest: string, time: number): number {
    return Math.max(
      0,
      ...this.#untagged
        .filter(({ name }) => name === `${repository}@${digest}`)
        .map(({ from, until }) => Math.min(until, time) - from),
    );
  }

  /**
   * The image, if it is still there.
   * @throws RegistryError
   */
  image(repository: string, reference: string): SimulatedImage {
    const image = this.#in(repository).get(this.#tagsIn(repository).get(reference) ?? reference);
    if (!image) throw new RegistryError('gone', 'the registry does not have it');
    return image;
  }

  /** Whether the image exists, and whether a tag still names it or an index that lists it. */
  state(repository: string, digest: string): 'tagged' | 'untagged' | 'gone' {
    const images = this.#in(repository);
    if (!images.has(digest)) return 'gone';
    const isNamed = [...this.#tagsIn(repository).values()].some(
      (named) => named === digest || images.get(named)?.children?.some((child) => child.digest === digest),
    );
    return isNamed ? 'tagged' : 'untagged';
  }

  /** A page of its list, from 0 on. Behind the last one are all repositories that have images. */
  list(part: number, now: number): string[] {
    this.listed = { at: now, part: Math.max(part, this.listed.part) };
    return part < this.pages
      ? [`${pagesIn}${String(part).padStart(6, '0')}`]
      : [...this.#repositories.keys()].toSorted();
  }

  digestOf(repository: string, tag: string): string {
    return this.#tagsIn(repository).get(tag) ?? '';
  }

  tags(repository: string): string[] {
    return [...this.#tagsIn(repository).keys()];
  }

  #in(repository: string): Map<string, SimulatedImage> {
    return kept(this.#repositories, repository);
  }

  #tagsIn(repository: string): Map<string, string> {
    return kept(this.#tags, repository);
  }
}

const kept = <T>(of: Map<string, Map<string, T>>, name: string): Map<string, T> => {
  const known = of.get(name);
  if (known) return known;
  const made = new Map<string, T>();
  of.set(name, made);
  return made;
};

/** The distribution API of a registry, as one process sees it. */
export class RegistryCalls {
  constructor(
    private readonly registry: ImageRegistry,
    private readonly process: Process,
    private readonly asked: () => void = () => undefined,
  ) {}

  async manifest(repository: string, digest: string): Promise<Manifest> {
    const { mediaType, document } = await this.#request('manifest', () => this.registry.image(repository, digest));
    return { digest, mediaType, document, bytes: noBytes };
  }

  async config(repository: string, { digest }: Descriptor): Promise<ImageConfig> {
    const { os } = await this.#request('config', () => this.registry.image(repository, digest));
    return { os, architecture: 'amd64', diffIds: [] };
  }

  async pull(repository: string, digest: string, _into: string, { signal }: PullOptions = {}): Promise<Pulled> {
    const { mediaType, document } = await this.#request('pull', () => this.registry.image(repository, digest));
    signal?.throwIfAborted();
    return { manifest: { digest, mediaType, document, bytes: noBytes }, bytes: 0, downloadedBytes: 0 };
  }

  async head(repository: string, reference: string): Promise<string> {
    return (await this.#request('head', () => this.registry.image(repository, reference))).digest;
  }

  async *repositories(signal?: AbortSignal, after = ''): AsyncIterable<string> {
    const { registry, process } = this;
    const listed = (part: number) =>
      this.#request('repositories', () => registry.list(part, process.world.now).filter((name) => name > after));
    let part = after.startsWith(pagesIn) ? Number(after.slice(pagesIn.length)) + 1 : after === '' ? 0 : registry.pages;
    for (; part < registry.pages; part += 1) {
      await new Promise<void>((resolve) => process.after(pageMs, resolve));
      signal?.throwIfAborted();
      yield* await listed(part);
    }
    yield* await listed(part);
  }

  async *tags(repository: string, _signal?: AbortSignal, after = ''): AsyncIterable<string> {
    const tags = await this.#request('tags', () => this.registry.tags(repository));
    yield* tags.filter((tag) => tag > after).toSorted();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #request<T>(operation: string, effect: () => T): Promise<T> {
    this.asked();
    const answered = (): T => {
      if (this.registry.isGone) throw new RegistryError('unreachable', 'the registry does not exist');
      return effect();
    };
    return this.process.call('registry', `registry ${operation}`, answered).catch((error: unknown) => {
      throw error instanceof RegistryError ? error : new RegistryError('unreachable', 'the registry did not answer');
    });
  }
}

const noBytes = Buffer.alloc(0);
