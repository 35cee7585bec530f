import { createHash } from 'node:crypto';
import type { RegistryAccess } from '../access/access.ts';
import { layerOf } from './artifact.ts';
import { RegistryClient, type RegistryClientOptions } from './client.ts';
import { RegistryError } from '../error.ts';
import { limits } from '../limits.ts';

/** A repository that artifacts are written to. */
export interface ArtifactPlace extends RegistryAccess {
  readonly repository: string;
}

/** The form of small artifacts with one layer. */
export interface ArtifactTypes {
  readonly artifactType: string;
  readonly layerType: string;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyType = 'application/vnd.oci.empty.v1+json';
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * Writes small artifacts to one repository, and reads them
 * (https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage).
 */
export class ArtifactRepository extends RegistryClient {
  constructor(
    private readonly place: ArtifactPlace,
    private readonly types: ArtifactTypes,
    options: RegistryClientOptions = {},
  ) {
    super(place, options);
  }

  /**
   * The content under a tag; undefined if there is none.
   * @throws RegistryError
   */
  async read(tag: string): Promise<Buffer | undefined> {
    const { repository } = this.place;
    try {
      const layer = layerOf(await this.manifest(repository, tag), { ...this.types, maxBytes: limits.manifestBytes });
      const question = { path: `/v2/${repository}/blobs/${layer.digest}`, scope: `repository:${repository}:pull` };
      const bytes = await this.send(question, undefined, (answer) => this.small(answer));
      if (digestOf(bytes) === layer.digest) return bytes;
    } catch (error) {
      if (error instanceof RegistryError && error.code === 'gone') return undefined;
      throw error;
    }
    throw new RegistryError('digest-mismatch', 'a layer is not what its digest says');
  }

  /**
   * Writes content under tags, in their order.
   * @throws RegistryError
   */
  async write(content: Buffer, tags: readonly string[]): Promise<void> {
    const config = await this.#blob(emptyType, Buffer.from('{}'));
    const layer = await this.#blob(this.types.layerType, content);
    const { artifactType } = this.types;
    const manifest = { schemaVersion: 2, mediaType: manifestType, artifactType, config, layers: [layer] };
    for (const tag of tags) await this.#put(`manifests/${tag}`, Buffer.from(JSON.stringify(manifest)), manifestType);
  }

  async #blob(mediaType: string, bytes: Buffer): Promise<{ mediaType: string; digest: string; size: number }> {
    const digest = digestOf(bytes);
    const path = `/v2/${this.place.repository}/blobs/uploads/`;
    const location = await this.send(
      { method: 'POST', path, scope: this.#scope, headers: { 'content-length': '0' } },
      undefined,
      async ({ headers }) => String(headers['location'] ?? ''),
    );
    // The upload goes to the registry itself, not to any other host that it names.
    const url = URL.parse(location, `https://${this.place.loginServer}`);
    if (!url || location === '') throw new RegistryError('bad-answer', 'the registry names no place for an upload');
    url.searchParams.set('digest', digest);
    await this.#put(`${url.pathname}${url.search}`, bytes, 'application/octet-stream');
    return { mediaType, digest, size: bytes.length };
  }

  get #scope(): string {
    return `repository:${this.place.repository}:pull,push`;
  }

  #put(path: string, body: Buffer, type: string): Promise<void> {
    const whole = path.startsWith('/') ? path : `/v2/${this.place.repository}/${path}`;
    const headers = { 'content-type': type };
    return this.send(
      { method: 'PUT', path: whole, scope: this.#scope, headers, body },
      undefined,
      async () => undefined,
    );
  }
}
