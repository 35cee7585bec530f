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

  constructor(
    /** Changes when the registry is moved. */
    public registryId: string,
    readonly loginServer: string,
    readonly subscriptionId: string,
  ) {}

  put(repository: string, tag: string | undefined, image: SimulatedImage): void {
    this.#in(repository).set(image.digest, image);
    if (tag !== undefined) this.#tagsIn(repository).set(tag, image.digest);
  }

  remove(repository: string, digest: string): void {
    this.#in(repository).delete(digest);
    for (const [tag, tagged] of this.#tagsIn(repository)) if (tagged === digest) this.#tagsIn(repository).delete(tag);
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

  /** Whether the image exists, and whether a tag still names it. */
  state(repository: string, digest: string): 'tagged' | 'untagged' | 'gone' {
    if (!this.#in(repository).has(digest)) return 'gone';
    return [...this.#tagsIn(repository).values()].includes(digest) ? 'tagged' : 'untagged';
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
