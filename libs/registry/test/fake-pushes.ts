import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, type FakeBlob } from './fake-registry.ts';

export interface Taken {
  blob(blob: FakeBlob): void;
  manifest(name: string, reference: string, manifest: FakeBlob): void;
}

export const bytesIn = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

/** The push part of the distribution API: a blob in chunks, then a manifest under its tag or digest. */
export class FakePushes {
  readonly #begun = new Map<string, Buffer>();

  constructor(private readonly taken: Taken) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, 'https://registry.test');
    const body = await bytesIn(request);
    const [, name, kind, reference] =
      /^\/v2\/(.+?)\/(manifests|blobs\/uploads)\/([^/]*)$/.exec(decodeURIComponent(pathname)) ?? [];
    const refuse = (status: number, code: string): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ errors: [{ code }] }));
    const made = (digest: string): void =>
      void response
        .writeHead(201, { 'docker-content-digest': digest, location: `/v2/${name}/${kind}/${digest}` })
        .end();
    const held = (mediaType: string, bytes: Buffer): FakeBlob => ({
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
      bytes,
    });
    if (name === undefined || reference === undefined) return refuse(404, 'UNSUPPORTED');
    if (kind === 'manifests' && request.method === 'PUT') {
      const manifest = held(request.headers['content-type'] ?? '', body);
      if (reference.startsWith('sha256:') && reference !== manifest.digest) return refuse(400, 'DIGEST_INVALID');
      this.taken.manifest(name, reference, manifest);
      return made(manifest.digest);
    }
    const id = request.method === 'POST' ? String(this.#begun.size + 1) : reference;
    const whole = Buffer.concat([this.#begun.get(id) ?? Buffer.alloc(0), body]);
    if (request.method !== 'POST' && !this.#begun.has(id)) return refuse(404, 'BLOB_UPLOAD_UNKNOWN');
    this.#begun.set(id, whole);
    if (request.method !== 'PUT')
      return void response
        .writeHead(202, { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(0, whole.length - 1)}` })
        .end();
    const blob = held('application/octet-stream', whole);
    if (searchParams.get('digest') !== blob.digest) return refuse(400, 'DIGEST_INVALID');
    this.taken.blob(blob);
    made(blob.digest);
  }
}
