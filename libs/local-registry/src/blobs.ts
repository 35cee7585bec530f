import { createReadStream, readFileSync } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryFailure } from './failure.ts';
import { isDigest, isRepository } from './names.ts';
import type { Storage } from './storage.ts';
import type { Upload, Uploads } from './uploads.ts';

/** Blobs of at most this size, such as configs, are read at once rather than streamed. */
const smallBytes = 64 * 1024;

/** Serves blobs and accepts them: whole, in chunks, or mounted from another repository. */
export class Blobs {
  readonly #storage: Storage;
  readonly #uploads: Uploads;

  constructor(storage: Storage, uploads: Uploads) {
    this.#storage = storage;
    this.#uploads = uploads;
  }

  async get(repository: string, digest: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const size = await this.#storage.blobSize(repository, digest);
    if (size === undefined) throw new RegistryFailure('BLOB_UNKNOWN', 'blob unknown to repository');
    reply
      .header('docker-content-digest', digest)
      .header('etag', `"${digest}"`)
      .header('accept-ranges', 'bytes')
      .type('application/octet-stream');
    const { start, end } = rangeOf(request.headers.range, size);
    if (end - start + 1 < size) reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
    reply.header('content-length', end - start + 1);
    if (request.method === 'HEAD' || size === 0) return reply.send();
    if (size <= smallBytes) return reply.send(readFileSync(this.#storage.blobPath(digest)).subarray(start, end + 1));
    return reply.send(createReadStream(this.#storage.blobPath(digest), { start, end }));
  }

  async remove(repository: string, digest: string, reply: FastifyReply): Promise<FastifyReply> {
    if ((await this.#storage.blobSize(repository, digest)) === undefined)
      throw new RegistryFailure('BLOB_UNKNOWN', 'blob unknown to repository');
    await this.#storage.removeBlob(repository, digest);
    return reply.code(202).send();
  }

  async begin(
    repository: string,
    query: URLSearchParams,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const mount = query.get('mount');
    const from = query.get('from');
    if (
      mount !== null &&
      from !== null &&
      isDigest(mount) &&
      isRepository(from) &&
      (await this.#storage.blobSize(from, mount)) !== undefined
    ) {
      await this.#storage.linkBlob(repository, mount);
      return created(reply, repository, mount);
    }
    const upload = await this.#uploads.begin(repository);
    const digest = query.get('digest');
    return digest === null ? accepted(reply, upload) : this.#finish(upload, digest, request, reply);
  }

  async append(repository: string, id: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const upload = this.#uploads.find(repository, id);
    await this.#uploads.append(upload, request.raw, request.headers['content-range']);
    return accepted(reply, upload);
  }

  async finish(
    repository: string,
    id: string,
    query: URLSearchParams,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    return this.#finish(this.#uploads.find(repository, id), query.get('digest') ?? '', request, reply);
  }

  async status(repository: string, id: string, reply: FastifyReply): Promise<FastifyReply> {
    return described(reply.code(204), this.#uploads.find(repository, id)).send();
  }

  async cancel(repository: string, id: string, reply: FastifyReply): Promise<FastifyReply> {
    await this.#uploads.cancel(this.#uploads.find(repository, id));
    return reply.code(204).send();
  }

  async #finish(upload: Upload, digest: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!isDigest(digest)) throw new RegistryFailure('DIGEST_INVALID', 'not a sha256 digest');
    await this.#uploads.append(upload, request.raw, request.headers['content-range']);
    await this.#uploads.finish(upload, digest);
    return created(reply, upload.repository, digest);
  }
}

// A path, not a URL: a client behind a forwarded port may not reach the registry's own port.
const created = (reply: FastifyReply, repository: string, digest: string): FastifyReply =>
  reply
    .code(201)
    .header('location', `/v2/${repository}/blobs/${digest}`)
    .header('docker-content-digest', digest)
    .send();

const accepted = (reply: FastifyReply, upload: Upload): FastifyReply => described(reply.code(202), upload).send();

const described = (reply: FastifyReply, { repository, id, size }: Upload): FastifyReply =>
  reply
    .header('location', `/v2/${repository}/blobs/uploads/${id}`)
    .header('docker-upload-uuid', id)
    .header('range', `0-${Math.max(0, size - 1)}`);

/** The requested range, inclusive at both ends. Without a range, or with several, the whole blob. */
const rangeOf = (header: string | undefined, size: number): { start: number; end: number } => {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined) return { start: 0, end: size - 1 };
  const range = { start: Number(from), end: Math.min(size - 1, to ? Number(to) : size - 1) };
  if (range.start > range.end) throw new RegistryFailure('RANGE_INVALID', 'no such range');
  return range;
};
