import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RegistryAccess } from '@assay/registry';

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociConfig = 'application/vnd.oci.image.config.v1+json';
export const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';

export const digestOf = (bytes: string | Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export interface FakeBlob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly bytes: Buffer;
}
export const blobOf = (mediaType: string, content: string | Buffer | object): FakeBlob => {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
};
export const descriptorOf = ({
  mediaType,
  digest,
  size,
}: FakeBlob): { mediaType: string; digest: string; size: number } => ({ mediaType, digest, size });

export interface FakeImage {
  readonly config: FakeBlob;
  readonly layers: readonly FakeBlob[];
  readonly manifest: FakeBlob;
}

/** An image whose layers are no valid archives. */
export const imageOf = (...contents: (string | Buffer)[]): FakeImage => {
  const layers = contents.map((content) => blobOf(ociLayer, content));
  const config = blobOf(ociConfig, {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  return { config, layers, manifest: manifestOf(config, layers.map(descriptorOf)) };
};

export const manifestOf = (config: FakeBlob, layers: readonly object[], more: object = {}): FakeBlob =>
  blobOf(ociManifest, { schemaVersion: 2, mediaType: ociManifest, config: descriptorOf(config), layers, ...more });

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A scriptable registry: well-behaved by default, hostile on the paths for which a test sets an answer. */
export class FakeRegistry {
  /** Requests, in order. */
  readonly requests: {
    line: string;
    authorization: string | undefined;
    acceptEncoding: string | undefined;
    range?: string;
  }[] = [];
  /** Whether it serves ranges of blobs. */
  givesParts = true;
  readonly #server: Server;
  readonly #answers = new Map<string, Answer[]>();
  readonly #manifests = new Map<string, FakeBlob>();
  readonly #blobs = new Map<string, FakeBlob>();

  constructor(private readonly tls?: { readonly cert: string; readonly key: string }) {
    const serve = (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response);
    this.#server = tls ? createSecureServer(tls, serve) : createServer(serve);
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await registry.listen();
    return registry;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  access(more: Partial<RegistryAccess> = {}): RegistryAccess {
    return { loginServer: this.host, plainHttp: !this.tls, allowAddresses: ['127.0.0.0/8'], ...more };
  }

  hold({ config, layers, manifest }: FakeImage, reference?: string): void {
    for (const blob of [config, ...layers]) this.holdBlob(blob);
    this.holdManifest(manifest, reference);
  }

  /** Removes an image, to save memory in tests with thousands of images. */
  drop({ config, layers, manifest }: FakeImage): void {
    for (const { digest } of [config, ...layers]) this.#blobs.delete(digest);
    this.#manifests.delete(manifest.digest);
  }

  holdBlob(blob: FakeBlob): void {
    this.#blobs.set(blob.digest, blob);
  }

  holdManifest(manifest: FakeBlob, reference = manifest.digest): void {
    this.#manifests.set(manifest.digest, manifest);
    this.#manifests.set(reference, manifest);
  }

  /** Sets the answers to the next requests of this path, in order; the last answer stays. */
  answer(path: string, ...answers: Answer[]): void {
    this.#answers.set(path, answers);
  }

  times(path: string): number {
    return this.requests.filter(({ line }) => line.split(' ')[1] === path).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    // A request that was under way when it closed.
    if (!this.#server.listening) return void response.destroy();
    const path = request.url ?? '';
    const { authorization, 'accept-encoding': acceptEncoding, range } = request.headers;
    this.requests.push({
      line: `${request.method} ${path}`,
      authorization,
      acceptEncoding: [acceptEncoding].flat()[0],
      ...(range && { range }),
    });
    const answers = this.#answers.get(path) ?? this.#answers.get('*') ?? [];
    const answer = answers.length > 1 ? answers.shift()! : answers[0];
    if (answer) void answer(request, response);
    else this.serve(request, response);
  }

  /** Answers as a well-behaved registry. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    const [, kind, reference = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
    const found = kind === 'manifests' ? this.#manifests.get(reference) : this.#blobs.get(reference);
    if (!found)
      return void response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (this.givesParts && kind === 'blobs' && from !== undefined) {
      const part = found.bytes.subarray(Number(from), Number(to) + 1);
      return void response
        .writeHead(206, {
          'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${found.size}`,
          'content-length': part.length,
        })
        .end(part);
    }
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? found.mediaType : 'application/octet-stream',
      'docker-content-digest': found.digest,
      'content-length': found.size,
    });
    response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }
}
