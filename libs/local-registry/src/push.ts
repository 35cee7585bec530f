import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hexOf, isDigest } from './names.ts';

export interface PushTarget {
  /** Host and port. */
  registry: string;
  repository: string;
  tag: string;
  plainHttp: boolean;
}

export interface Pushed {
  digest: string;
  mediaType: string;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}
interface Document {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}
interface Sent {
  readonly status: number;
  readonly location: string | undefined;
}

/**
 * Pushes the content of an OCI layout, an image or an index with its images, and tags it. Blobs that the registry has
 * are not sent again.
 */
export const pushLayout = async (layout: string, target: PushTarget): Promise<Pushed> => {
  const descriptor = await chosen(layout, target);
  await new Push(layout, target).manifest(descriptor, target.tag);
  return { digest: descriptor.digest, mediaType: descriptor.mediaType };
};

/** The only entry of index.json, or among several the entry with this reference name. */
const chosen = async (layout: string, { repository, tag }: PushTarget): Promise<Descriptor> => {
  const { manifests = [] } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as Document;
  const named = manifests.filter(({ annotations }) =>
    [tag, `${repository}:${tag}`].includes(annotations?.['org.opencontainers.image.ref.name'] ?? ''),
  );
  const [descriptor, ...others] = manifests.length === 1 ? manifests : named;
  if (!descriptor || others.length > 0)
    throw new Error(`The layout holds ${manifests.length} images, ${named.length} of them called ${repository}:${tag}`);
  return descriptor;
};

class Push {
  readonly #layout: string;
  readonly #target: PushTarget;

  constructor(layout: string, target: PushTarget) {
    this.#layout = layout;
    this.#target = target;
  }

  /** Pushes the referenced content before the manifest; a registry refuses the manifest otherwise. */
  async manifest({ mediaType, digest }: Descriptor, reference: string): Promise<void> {
    const bytes = await readFile(this.#blobPath(digest));
    const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString()) as Document;
    for (const child of manifests) await this.manifest(child, child.digest);
    for (const blob of [...(config ? [config] : []), ...layers]) await this.#blob(blob);
    const path = `/v2/${this.#target.repository}/manifests/${reference}`;
    await this.#send('PUT', path, [201], { 'content-type': mediaType, 'content-length': bytes.length }, () =>
      Readable.from([bytes]),
    );
  }

  async #blob({ digest }: Descriptor): Promise<void> {
    const blobs = `/v2/${this.#target.repository}/blobs`;
    if ((await this.#send('HEAD', `${blobs}/${digest}`, [200, 404])).status === 200) return;
    const path = this.#blobPath(digest);
    const { size } = await stat(path);
    const { location } = await this.#send('POST', `${blobs}/uploads/`, [202], { 'content-length': 0 });
    const upload = new URL(location ?? '', this.#base);
    upload.searchParams.set('digest', digest);
    await this.#send(
      'PUT',
      upload.href,
      [201],
      { 'content-type': 'application/octet-stream', 'content-length': size },
      () => createReadStream(path),
    );
  }

  get #base(): string {
    return `${this.#target.plainHttp ? 'http' : 'https'}://${this.#target.registry}`;
  }

  #blobPath(digest: string): string {
    if (!isDigest(digest)) throw new Error('The layout names something that is not a sha256 digest');
    return join(this.#layout, 'blobs', 'sha256', hexOf(digest));
  }

  async #send(
    method: string,
    path: string,
    expected: readonly number[],
    headers: Record<string, string | number> = {},
    body?: () => Readable,
  ): Promise<Sent> {
    const url = new URL(path, this.#base);
    const request = (url.protocol === 'http:' ? plainRequest : secureRequest)(url, {
      method,
      headers: { 'user-agent': 'assay', ...headers },
    });
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      request.once('response', resolve).once('error', reject),
    );
    // A registry may refuse before the whole body is sent. The refusal is reported then, not the broken pipe.
    if (body) pipeline(body(), request).catch(() => undefined);
    else request.end();
    const {
      statusCode: status = 0,
      headers: { location },
    } = await answered.then((answer) => answer.resume());
    if (!expected.includes(status))
      throw new Error(`${this.#target.registry} answered ${status} to ${method} ${url.pathname}`);
    return { status, location };
  }
}
