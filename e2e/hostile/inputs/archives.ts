import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FinalStatus, InputGroup, Input } from '../input.ts';
import { contained, failed, stillFound, unhealthy } from '../making/contained.ts';
import { assessed, held, imageOf, osRelease, sha256, tarOf, type MadeLayer } from '../making/image.ts';
import { pushed } from '../making/pushed.ts';
import { end, file, filledWith, header, layerOfParts, pax, unended } from '../making/tar.ts';

interface More {
  readonly source?: string;
  readonly ends?: FinalStatus | readonly FinalStatus[];
  readonly must?: string;
}

/** An image whose layers are given as bytes; they are made once for all scans. */
const ofBytes = (
  row: string,
  title: string,
  layers: () => Promise<MadeLayer[]>,
  { ends = contained, must = 'contained; never healthy', ...more }: More = {},
): Input => {
  let made: Promise<MadeLayer[]> | undefined;
  return pushed({
    row,
    title,
    must,
    ends,
    ...more,
    ...(ends === unhealthy ? { also: stillFound } : {}),
    make: async ({ registry, name }) => ({
      digest: held(registry, imageOf(await (made ??= layers()), { author: name })),
    }),
  });
};

const system = async (): Promise<Buffer> =>
  unended(await tarOf([osRelease(), { name: 'etc/debian_version', content: '13.0\n' }]));
const good = async (): Promise<Buffer> => unended(await tarOf(assessed()));
const gibibytes = 2n ** 30n;

/** Layers that attack by their form: their unpacked content and the claims of their headers. */
export const archives: InputGroup = {
  name: 'archives',
  inputs: [
    ofBytes(
      'I6',
      '4 GiB of zeros as a package list, in some MB',
      async () => [
        await layerOfParts(
          { bytes: Buffer.concat([await system(), header({ name: 'var/lib/dpkg/status', size: 4n * gibibytes })]) },
          filledWith(0, 4096),
          { bytes: end },
        ),
      ],
      { ends: [failed], must: 'contained; a failed scan' },
    ),
    ofBytes('I9', 'the same layer of 200 MB of zeros 150 times', async () => {
      const layer = await layerOfParts(
        { bytes: header({ name: 'zeros', size: 192n * 2n ** 20n }) },
        filledWith(0, 192),
        { bytes: end },
      );
      return Array.from({ length: 150 }, () => layer);
    }),
    ofBytes(
      'beyond',
      '300,000 empty gzip members',
      async () => {
        const [tar, nothing] = [Buffer.concat([await good(), end]), gzipSync('')];
        return [
          {
            blob: Buffer.concat([gzipSync(tar), Buffer.alloc(nothing.length * 300_000, nothing)]),
            diffId: sha256(tar),
          },
        ];
      },
      { source: 'CVE-2022-30631: a stack that ends in gzip.Reader', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'an archive after the end of the archive',
      async () => [
        await layerOfParts(
          { bytes: Buffer.concat([await good(), end]) },
          { bytes: file('var/lib/dpkg/status', '') },
          { bytes: end },
        ),
      ],
      { source: 'idea: two readers, two archives', ends: unhealthy },
    ),
    ofBytes(
      'beyond',
      'a layer cut in the middle',
      async () => {
        const { blob, diffId } = await layerOfParts({ bytes: Buffer.concat([await good(), end]) });
        return [{ blob: blob.subarray(0, blob.length / 2), diffId }];
      },
      { source: 'idea: half an image', ends: failed, must: 'a failed scan' },
    ),
    ofBytes(
      'beyond',
      'a gzip layer with a wrong checksum',
      async () => {
        const { blob, diffId } = await layerOfParts({ bytes: Buffer.concat([await good(), end]) });
        const bad = Buffer.from(blob);
        bad[bad.length - 8]! ^= 0xff;
        return [{ blob: bad, diffId }];
      },
      { source: 'idea: bytes that are not what they were', ends: failed, must: 'a failed scan' },
    ),
    ofBytes(
      'beyond',
      'bytes after the end of a gzip layer',
      async () => {
        const { blob, diffId } = await layerOfParts({ bytes: Buffer.concat([await good(), end]) });
        return [{ blob: Buffer.concat([blob, Buffer.from('garbage'.repeat(100))]), diffId }];
      },
      { source: 'idea: where does a stream end?', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'a zstd layer of 2 GiB of zeros',
      async () => {
        const bytes = Buffer.concat([header({ name: 'zeros', size: 2n * gibibytes })]);
        const made = await layerOfParts({ bytes }, filledWith(0, 2048), { bytes: end });
        const piece = zstdCompressSync(Buffer.alloc(16 * 2 ** 20));
        return [
          {
            blob: Buffer.concat([
              zstdCompressSync(bytes),
              ...Array.from({ length: 128 }, () => piece),
              zstdCompressSync(end),
            ]),
            diffId: made.diffId,
            mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
          },
        ];
      },
      { source: 'idea: the other decompressor' },
    ),
    ofBytes(
      'beyond',
      'a zstd frame that asks for a window of 3 TiB',
      async () => [
        {
          blob: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0x00, 0x00]),
          diffId: sha256(await good()),
          mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
        },
      ],
      { source: 'idea: memory by a header', ends: failed, must: 'a failed scan' },
    ),
    ofBytes(
      'beyond',
      'an xz stream under the type of gzip',
      async () => [
        {
          blob: Buffer.concat([Buffer.from('fd377a585a000004e6d6b446', 'hex'), Buffer.alloc(64 * 1024, 0xff)]),
          diffId: sha256(await good()),
        },
      ],
      { source: 'CVE-2014-9357 of Docker, CVE-2021-29482 of a Go reader of xz', ends: failed, must: 'a failed scan' },
    ),
    ofBytes(
      'beyond',
      'an extended header of 1 GiB',
      async () => [
        await layerOfParts(
          { bytes: Buffer.concat([await good(), header({ name: 'pax', type: 'x', size: gibibytes })]) },
          filledWith('a', 1024),
          { bytes: end },
        ),
      ],
      { source: 'CVE-2022-2879 of archive/tar', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'an extended header whose records lie about their length',
      async () => {
        const bad = Buffer.from('99999999999999999999 path=x\n-5 a=b\n');
        return [
          await layerOfParts({
            bytes: Buffer.concat([
              await good(),
              header({ name: 'pax', type: 'x', size: bad.length }),
              bad,
              Buffer.alloc(512 - bad.length),
              file('x', 'x'),
              end,
            ]),
          }),
        ];
      },
      { source: 'idea: lengths that lie', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'a sparse file with a map that never ends',
      async () => [
        await layerOfParts(
          {
            bytes: Buffer.concat([
              await good(),
              pax({
                'GNU.sparse.major': '1',
                'GNU.sparse.minor': '0',
                'GNU.sparse.name': 'var/lib/x',
                'GNU.sparse.realsize': '1000000000000',
              }),
              header({ name: 'x', size: 512n * 2n ** 20n }),
              padTo('100000000\n'),
            ]),
          },
          { bytes: Buffer.from('1\n'.repeat(8 * 2 ** 20)), times: 32 },
          { bytes: end },
        ),
      ],
      { source: 'CVE-2025-58183 of archive/tar', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'a package list that is a sparse file of 8 EiB',
      async () => {
        const sparse = header({
          name: 'var/lib/dpkg/status',
          type: 'S',
          size: 512,
          over: [
            [386, Buffer.from('00000000000\0' + '00000001000\0', 'latin1')],
            [483, Buffer.from([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
          ],
        });
        return [await layerOfParts({ bytes: Buffer.concat([await system(), sparse, Buffer.alloc(512, 'x'), end]) })];
      },
      { source: 'idea: 512 bytes that are exabytes' },
    ),
    ofBytes(
      'beyond',
      'a name that only an extended header tells',
      async () => {
        const status = assessed().at(-1)!.content! as string;
        return [
          await layerOfParts({
            bytes: Buffer.concat([await system(), pax({ path: 'var/lib/dpkg/status' }), file('etc/motd', status), end]),
          }),
        ];
      },
      { source: 'CVE-2025-62518 of async-tar: two headers, two readers', ends: unhealthy },
    ),
    ofBytes(
      'beyond',
      'an extended header that gives a file another size',
      async () => {
        const status = Buffer.from(assessed().at(-1)!.content!);
        const inner = Buffer.concat([header({ name: 'var/lib/dpkg/status', size: 0 })]);
        return [
          await layerOfParts({
            bytes: Buffer.concat([
              await system(),
              pax({ path: 'var/lib/dpkg/status', size: String(status.length) }),
              header({ name: 'x', size: 0 }),
              status,
              Buffer.alloc((512 - (status.length % 512)) % 512),
              pax({ path: 'x', size: String(inner.length) }),
              header({ name: 'x', size: 0 }),
              inner,
              end,
            ]),
          }),
        ];
      },
      { source: 'CVE-2025-62518 of async-tar (TARmageddon)', ends: unhealthy },
    ),
    ofBytes(
      'beyond',
      '200,000 files without content',
      async () => [
        await layerOfParts(
          { bytes: await good() },
          { bytes: Buffer.concat(Array.from({ length: 2000 }, (_, at) => header({ name: `f/${at}` }))), times: 100 },
          { bytes: end },
        ),
      ],
      { source: 'idea: inodes and lists that fill', ends: [unhealthy, failed] },
    ),
    ofBytes(
      'beyond',
      'a path 20,000 folders deep',
      async () => [
        await layerOfParts({
          bytes: Buffer.concat([await good(), pax({ path: 'd/'.repeat(20_000) + 'x' }), file('x', 'x'), end]),
        }),
      ],
      { source: 'idea: work by the depth of a path', ends: unhealthy },
    ),
  ],
};

/** A block that begins with a text; the rest is digits. */
function padTo(text: string): Buffer {
  return Buffer.from(text.padEnd(512, '1\n'));
}
