import { createHash } from 'node:crypto';
import type { RegistryAccess } from '../access/access.ts';
import {
  artifactSpeed,
  artifactTimeoutMs,
  layerOf,
  type DownloadedArtifact,
  type ArtifactForm,
  type ArtifactOptions,
} from './artifact.ts';
import { gathered, type LeastSpeed } from '../access/bodies.ts';
import { configOf, type ImageConfig } from './config.ts';
import { withDeadline } from './deadline.ts';
import type { Descriptor } from '../blobs/descriptor.ts';
import { downloadBlob } from '../blobs/download.ts';
import { RegistryError } from '../error.ts';
import { limits } from '../limits.ts';
import { listed, namesIn, nextPage } from './listing.ts';
import { documentOf, type Manifest } from './manifest.ts';
import { acceptedManifests, bareType, schema1Signed } from './media-types.ts';
import { checkReference, digestLike, isBlobDigest, isDigest, isRepository, isTag, pushBySha256 } from '../names.ts';
import type { RegistryNetwork } from '../access/network.ts';
import { Pull, type Pulled, type PullOptions } from './pull.ts';
import { defaultRetry, type RetryPolicy } from '../access/retry.ts';
import { signedPayload } from './schema1.ts';
import { Transport, type RegistryResponse, type Question } from '../access/transport.ts';

export interface RegistryClientOptions {
  /** Deadline of each call, retries included. */
  timeoutMs?: number;
  /** Aborts every call. */
  signal?: AbortSignal;
  retry?: Partial<RetryPolicy>;
  leastSpeed?: LeastSpeed;
  /** Proxies and authorities; none but those of Node by default. */
  network?: RegistryNetwork;
  /** Called before each request to the registry, retries and redirects included. */
  requested?: () => void;
}

const pullScope = (repository: string): string => `repository:${repository}:pull`;
const manifestPath = (repository: string, reference: string): string => `/v2/${repository}/manifests/${reference}`;

/** Reads images from one registry over the distribution API, and trusts none of its answers. */
export class RegistryClient {
  readonly #transport: Transport;
  readonly #loginServer: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #least: LeastSpeed;

  constructor(access: RegistryAccess, options: RegistryClientOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? 120_000;
    this.#signal = options.signal;
    this.#loginServer = access.loginServer;
    this.#least = options.leastSpeed ?? { bytesPerSecond: 1024, overMs: 10_000 };
    this.#transport = new Transport(access, { ...defaultRetry, ...options.retry }, this.#least, options);
  }

  /** Reads a manifest by tag or digest, and verifies its digest. */
  async manifest(repository: string, reference: string, signal?: AbortSignal): Promise<Manifest> {
    checkReference(repository, reference);
    return this.#timed(signal, (ending) => this.#manifest(repository, reference, ending));
  }

  /** Returns the digest that a tag points at now. */
  async head(repository: string, reference: string, signal?: AbortSignal): Promise<string> {
    checkReference(repository, reference);
    const question = {
      method: 'HEAD',
      path: manifestPath(repository, reference),
      scope: pullScope(repository),
      accept: acceptedManifests,
    } as const;
    return this.#timed(signal, async (ending) => {
      const digest = await this.#transport.ask(
        question,
        ending,
        async ({ headers }) => headers['docker-content-digest'],
      );
      // The header is optional: without it, read the manifest and hash the bytes.
      if (digest === undefined) return (await this.#manifest(repository, reference, ending)).digest;
      if (!isDigest(digest))
        throw new RegistryError('bad-descriptor', `the registry names no sha256 digest${pushBySha256}`);
      if (isDigest(reference) && digest !== reference)
        throw new RegistryError('digest-mismatch', 'the registry names another digest');
      return digest;
    });
  }

  /** Reads the config of an image, and verifies it against its descriptor. */
  async config(repository: string, descriptor: Descriptor, signal?: AbortSignal): Promise<ImageConfig> {
    checkReference(repository);
    if (!isBlobDigest(descriptor.digest)) throw new RegistryError('bad-descriptor', 'not the digest of a config');
    if (descriptor.size > limits.configBytes)
      throw new RegistryError('too-large', `a config of more than ${limits.configBytes} bytes`);
    const question = { path: `/v2/${repository}/blobs/${descriptor.digest}`, scope: pullScope(repository) };
    return this.#timed(signal, async (ending) => {
      const bytes = await this.#transport.ask(question, ending, ({ body }) =>
        gathered(body, descriptor.size, this.#least),
      );
      if (bytes.length !== descriptor.size || digestLike(descriptor.digest, bytes) !== descriptor.digest)
        throw new RegistryError('digest-mismatch', 'a config is not what its digest says');
      return configOf(bytes);
    });
  }

  /** Pulls one image into a new OCI layout. After a failure no file of it is left. */
  async pull(repository: string, digest: string, into: string, options: PullOptions = {}): Promise<Pulled> {
    checkReference(repository, digest);
    if (!isDigest(digest)) throw new RegistryError('bad-reference', 'images are pulled by digest only');
    return this.#timed(options.signal, async (ending) => {
      const manifest = await this.#manifest(repository, digest, ending);
      const pull = new Pull(
        (...question) => this.#transport.ask(...question),
        { loginServer: this.#loginServer, repository },
        into,
        options,
        this.#least,
      );
      return pull.into(manifest, ending);
    });
  }

  /**
   * Downloads the only layer of an artifact into a new file. The layer is requested by its digest, counted and hashed,
   * and not unpacked. After a failure the file is gone.
   *
   * @throws RegistryError if the artifact has another form, the bytes are not those declared, or they come too slowly
   */
  async artifact(
    repository: string,
    reference: string,
    form: ArtifactForm,
    file: string,
    { timeoutMs = artifactTimeoutMs, leastSpeed = artifactSpeed, signal, onProgress, known }: ArtifactOptions = {},
  ): Promise<DownloadedArtifact> {
    checkReference(repository, reference);
    return withDeadline(timeoutMs, [this.#signal, signal], async (ending) => {
      const manifest = await this.#manifest(repository, reference, ending);
      const layer = layerOf(manifest, form);
      if (layer.digest === known) return { digest: manifest.digest, layer, isKnown: true };
      let doneBytes = 0;
      await downloadBlob({
        ask: (...question) => this.#transport.ask(...question),
        repository,
        blob: layer,
        path: file,
        least: leastSpeed,
        signal: ending,
        onBytes: (bytes) => {
          doneBytes += bytes;
          onProgress?.({ doneBytes, totalBytes: layer.size });
        },
      });
      return { digest: manifest.digest, layer, isKnown: false };
    });
  }

  /**
   * Lists the repositories, if the registry supports that.
   * @param after a repository; those behind it are listed
   */
  repositories(signal?: AbortSignal, after?: string): AsyncIterable<string> {
    const path = `/v2/_catalog?n=100${lastOf(after)}`;
    return this.#listed(path, 'registry:catalog:*', 'repositories', isRepository, signal);
  }

  /** @param after a tag; those behind it are listed */
  async *tags(repository: string, signal?: AbortSignal, after?: string): AsyncIterable<string> {
    checkReference(repository);
    const path = `/v2/${repository}/tags/list?n=100${lastOf(after)}`;
    yield* this.#listed(path, pullScope(repository), 'tags', isTag, signal);
  }

  /** Aborts all requests in progress and closes all connections. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #timed<Result>(signal: AbortSignal | undefined, work: (ending: AbortSignal) => Promise<Result>): Promise<Result> {
    return withDeadline(this.#timeoutMs, [this.#signal, signal], work);
  }

  #manifest(repository: string, reference: string, ending: AbortSignal): Promise<Manifest> {
    const question = {
      path: manifestPath(repository, reference),
      scope: pullScope(repository),
      accept: acceptedManifests,
    };
    return this.#transport.ask(question, ending, async (answer) =>
      verified(await this.small(answer), answer, reference),
    );
  }

  /** Sends one request, within the deadline. */
  protected send<Result>(
    question: Question,
    signal: AbortSignal | undefined,
    read: (answer: RegistryResponse) => Promise<Result>,
  ): Promise<Result> {
    return this.#timed(signal, (ending) => this.#transport.ask(question, ending, read));
  }

  /** Reads an answer that is a document, not a blob. */
  protected async small({ headers, body }: RegistryResponse): Promise<Buffer> {
    if (Number(headers['content-length'] ?? 0) > limits.manifestBytes)
      throw new RegistryError('too-large', `more than ${limits.manifestBytes} bytes`);
    return gathered(body, limits.manifestBytes, this.#least);
  }

  #listed(
    first: string,
    scope: string,
    key: 'tags' | 'repositories',
    isName: (text: unknown) => text is string,
    signal?: AbortSignal,
  ): AsyncIterable<string> {
    return listed(first, (path) =>
      this.send({ path, scope }, signal, async (answer) => ({
        names: namesIn(await this.small(answer), key, isName),
        next: nextPage(answer.headers['link'], path),
      })),
    );
  }
}

const lastOf = (name: string | undefined): string => (name === undefined ? '' : `&last=${encodeURIComponent(name)}`);

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The requested digest, and the digest that the registry names, must both match the bytes. */
const verified = (bytes: Buffer, { headers }: RegistryResponse, reference: string): Manifest => {
  const mediaType = bareType([headers['content-type']].flat()[0] ?? '');
  const digest = sha256(mediaType === schema1Signed ? signedPayload(bytes) : bytes);
  const named = headers['docker-content-digest'];
  if (isBlobDigest(named) && !isDigest(named))
    throw new RegistryError('bad-descriptor', `the registry names a manifest by sha512${pushBySha256}`);
  if ((isDigest(reference) && digest !== reference) || (named !== undefined && named !== digest)) {
    throw new RegistryError('digest-mismatch', 'a manifest is not what its digest says');
  }
  return { digest, mediaType, bytes, document: documentOf(bytes, mediaType) };
};
