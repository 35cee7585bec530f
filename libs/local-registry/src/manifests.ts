import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryFailure } from './failure.ts';
import { isDigest } from './names.ts';
import { referencesOf } from './references.ts';
import type { Storage, StoredManifest } from './storage.ts';
import type { RegistryEvent } from './webhook.ts';

const mostBytes = 4 * 1024 ** 2;

/** Serves and accepts manifests, and reports pushes and deletions. */
export class Manifests {
  readonly #storage: Storage;
  readonly #notify: (event: RegistryEvent) => void;

  constructor(storage: Storage, notify: (event: RegistryEvent) => void) {
    this.#storage = storage;
    this.#notify = notify;
  }

  async get(
    repository: string,
    reference: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { digest, mediaType, bytes } = await this.#found(repository, reference);
    reply
      .type(mediaType)
      .header('docker-content-digest', digest)
      .header('etag', `"${digest}"`)
      .header('content-length', bytes.length);
    return reply.send(request.method === 'HEAD' ? undefined : bytes);
  }

  async put(
    repository: string,
    reference: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const mediaType = (request.headers['content-type'] ?? '').replace(/;.*/s, '').trim();
    const bytes = await wholeBody(request);
    await this.#checkReferences(repository, bytes, mediaType);
    const tag = isDigest(reference) ? undefined : reference;
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (tag === undefined && digest !== reference)
      throw new RegistryFailure('DIGEST_INVALID', 'the bytes are not what the digest says');
    await this.#storage.keepManifest(repository, { digest, mediaType, bytes }, tag);
    const size = bytes.length;
    this.#notify({
      action: 'push',
      target: { mediaType, size, digest, length: size, repository, ...(tag !== undefined && { tag }) },
      request: by(request),
    });
    return reply
      .code(201)
      .header('location', `/v2/${repository}/manifests/${digest}`)
      .header('docker-content-digest', digest)
      .send();
  }

  /** Deleting by tag removes only the tag and reports nothing: the image still exists. */
  async remove(
    repository: string,
    reference: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { digest, mediaType } = await this.#found(repository, reference);
    if (isDigest(reference)) {
      await this.#storage.removeManifest(repository, digest);
      this.#notify({ action: 'delete', target: { mediaType, digest, repository }, request: by(request) });
    } else {
      await this.#storage.removeTag(repository, reference);
    }
    return reply.code(202).send();
  }

  async #found(repository: string, reference: string): Promise<StoredManifest> {
    const found = await this.#storage.manifest(repository, reference);
    if (!found) throw new RegistryFailure('MANIFEST_UNKNOWN', 'manifest unknown');
    return found;
  }

  async #checkReferences(repository: string, bytes: Buffer, mediaType: string): Promise<void> {
    const { blobs, manifests } = referencesOf(bytes, mediaType);
    for (const digest of blobs) {
      if ((await this.#storage.blobSize(repository, digest)) === undefined)
        throw new RegistryFailure('MANIFEST_BLOB_UNKNOWN', 'a blob is not in the repository');
    }
    for (const digest of manifests) {
      if (!(await this.#storage.manifest(repository, digest)))
        throw new RegistryFailure('MANIFEST_BLOB_UNKNOWN', 'a listed manifest is not in the repository');
    }
  }
}

const by = (request: FastifyRequest): RegistryEvent['request'] => ({
  method: request.method,
  useragent: request.headers['user-agent'] ?? '',
});

const wholeBody = async (request: FastifyRequest): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.raw as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) throw new RegistryFailure('SIZE_INVALID', 'a manifest of more than 4 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};
