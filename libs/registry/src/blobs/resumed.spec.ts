import { readdir, readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '@assay/testing';
import { imageOf } from '../../test/fake-registry.ts';
import { exists, setting } from '../../test/setting.ts';

const content = Buffer.from(Array.from({ length: 4000 }, (_, n) => n % 251));
const image = imageOf(content);
const layer = image.layers[0]!;
const blobPath = `/v2/team/app/blobs/${layer.digest}`;
const etag = `"${layer.digest}"`;

interface SeenRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

/** A layer whose answers are each cut after the given number of bytes; the answer after the last one is complete. */
const cutAt = async ({
  pieces,
  ranges = true,
  tag = etag,
  rest = (from: number) => content.subarray(from),
}: {
  pieces: readonly number[];
  ranges?: boolean;
  tag?: string;
  rest?: (from: number) => Buffer;
}) => {
  const { client, registry, folder } = await setting();
  registry.hold(image);
  const requests: SeenRequest[] = [];
  /** Waits until the client has written the bytes: bytes in flight are lost when a connection is cut. */
  const arrived = (bytes: number): Promise<void> =>
    eventually(async () => {
      const file = (await readdir(folder, { recursive: true })).find((name) => name.endsWith(layer.digest.slice(7)));
      return file !== undefined && (await stat(join(folder, file))).size === bytes;
    });
  registry.answer(blobPath, (request: IncomingMessage, response: ServerResponse) => {
    const { range } = request.headers;
    const most = pieces[requests.length];
    requests.push({ range, ifRange: request.headers['if-range'] as string | undefined });
    const from = ranges ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
    const bytes = rest(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: tag,
      'content-length': content.length - from,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    });
    if (most === undefined) response.end(bytes);
    else response.write(bytes.subarray(0, most), () => void arrived(from + most).then(() => response.destroy()));
  });
  const layout = join(folder, 'layout');
  const pulled = client.pull('team/app', image.manifest.digest, layout);
  return { requests, layout, pulled, there: () => readFile(join(layout, 'blobs', 'sha256', layer.digest.slice(7))) };
};

describe('a layer whose connection is cut', () => {
  it('resumes at the cut, with the same ETag', async () => {
    const { requests, pulled, there } = await cutAt({ pieces: [1000, 1500] });
    expect((await pulled).downloadedBytes).toBe(image.config.size + content.length);
    expect(requests).toEqual([
      { range: undefined, ifRange: undefined },
      { range: 'bytes=1000-', ifRange: etag },
      { range: 'bytes=2500-', ifRange: etag },
    ]);
    expect(await there()).toEqual(content);
  });

  it('starts over if the registry answers with the whole layer', async () => {
    const { requests, pulled, there } = await cutAt({ pieces: [1000], ranges: false });
    expect((await pulled).downloadedBytes).toBe(image.config.size + 1000 + content.length);
    expect(requests).toHaveLength(2);
    expect(await there()).toEqual(content);
  });

  it('does not rely on a weak ETag', async () => {
    const { requests, pulled, there } = await cutAt({ pieces: [1000], tag: 'W/"1"' });
    await pulled;
    expect(requests[1]).toEqual({ range: 'bytes=1000-', ifRange: undefined });
    expect(await there()).toEqual(content);
  });

  it('is requested completely if the rest did not fit the first part', async () => {
    const { requests, pulled, there } = await cutAt({
      pieces: [1000],
      rest: (from) => (from > 0 ? Buffer.alloc(content.length - from) : content),
    });
    await pulled;
    expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-', undefined]);
    expect(await there()).toEqual(content);
  });

  it.each([true, false])(
    'fails after three cuts with little progress, to be retried later (ranges: %s)',
    async (ranges) => {
      const { requests, pulled, layout } = await cutAt({
        pieces: [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
        ranges,
      });
      await expect(pulled).rejects.toMatchObject({
        code: 'unreachable',
        patience: 'later',
        message: 'the connection was cut 3 times',
      });
      expect(requests).toHaveLength(3);
      expect(await exists(layout)).toBe(false);
    },
  );
});
