import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { hold, type InputGroup, type Input } from '../input.ts';
import { blobOf, descriptorOf, goodImage, held, manifestOf, ociManifest } from '../making/image.ts';
import { pushed, type InputPlace } from '../making/pushed.ts';
import { dripInto, Endless } from '../making/streams.ts';

const mebibyte = 2 ** 20;
const refused = (code: string) => ({ status: 'undetermined', reason: `inspection-failed/${code}` });
const failed = (code: string) => ({ status: 'undetermined', reason: `failed/${code}` });

/** The path of a manifest or a blob in the repository of an input. */
const pathOf = (kind: 'manifests' | 'blobs', { repository }: InputPlace, digest: string): string =>
  `/v2/${repository}/${kind}/${digest}`;

/** A manifest for which the registry answers in a hostile way. */
const manifestAnswered = (
  place: InputPlace,
  answer: Parameters<InputPlace['registry']['answer']>[1],
): { digest: string } => {
  const { digest } = blobOf(ociManifest, place.name);
  place.registry.answer(pathOf('manifests', place, digest), answer);
  return { digest };
};

/** A good image for whose first layer the registry answers in a hostile way. */
const layerAnswered = async (
  place: InputPlace,
  answer: Parameters<InputPlace['registry']['answer']>[1],
): Promise<{ digest: string }> => {
  const image = await goodImage(place.name);
  const digest = held(place.registry, image);
  place.registry.answer(pathOf('blobs', place, image.layers[0]!.digest), answer);
  return { digest };
};

/** Hostile answers of a registry. */
export const answers: InputGroup = {
  name: 'answers of a registry',
  inputs: [
    pushed({
      row: 'R1',
      title: 'other bytes under a digest',
      must: 'refused as digest-mismatch',
      ends: refused('digest-mismatch'),
      make: async (place) => {
        const other = await goodImage(`another than ${place.name}`);
        return manifestAnswered(place, (_, response) =>
          response.writeHead(200, { 'content-type': ociManifest }).end(other.manifest.bytes),
        );
      },
    }),
    pushed({
      row: 'R3',
      title: 'a layer of 10 bytes that never ends',
      must: 'refused after the 11th byte, the connection closed',
      ends: failed('too-large'),
      make: async (place) => {
        const { config } = await goodImage(place.name);
        const layer = blobOf('application/vnd.oci.image.layer.v1.tar+gzip', 'ten bytes!');
        const endless = new Endless(Buffer.alloc(64 * 1024));
        place.registry.answer(pathOf('blobs', place, layer.digest), (_, response) =>
          endless.into(response.writeHead(200)),
        );
        return {
          digest: held(place.registry, { config, layers: [], manifest: manifestOf(config, [descriptorOf(layer)]) }),
          endless,
        };
      },
      also: async ({ endless }) => {
        for (const end = Date.now() + 5000; !endless.closed && Date.now() < end;) await pause(20);
        hold(endless.closed, 'the connection is still open');
        hold(endless.bytes < 16 * mebibyte, `${endless.bytes} bytes were taken`);
      },
    }),
    pushed({
      row: 'R5',
      title: '100 MB of spaces as a manifest',
      must: 'refused at 4 MiB',
      ends: refused('too-large'),
      make: (place) => {
        const endless = new Endless(Buffer.alloc(64 * 1024, ' '), 100 * mebibyte);
        return {
          ...manifestAnswered(place, (_, response) =>
            endless.into(response.writeHead(200, { 'content-type': ociManifest })),
          ),
          endless,
        };
      },
      also: ({ endless }) => hold(endless.bytes < 32 * mebibyte, `${endless.bytes} bytes were taken`),
    }),
    pushed({
      row: 'beyond',
      title: 'a manifest of 40 KB that unpacks to 40 MB on the way',
      source: 'CVE-2025-66471 of urllib3: a client that unpacks by itself',
      must: 'refused: no encoding was asked for',
      ends: refused('content-encoding'),
      make: (place) =>
        manifestAnswered(place, (_, response) =>
          response
            .writeHead(200, { 'content-type': ociManifest, 'content-encoding': 'gzip' })
            .end(gzipSync(Buffer.alloc(40 * mebibyte, ' '))),
        ),
    }),
    pushed({
      row: 'beyond',
      title: 'a manifest under a type that nobody knows',
      source: 'idea: a parser chosen by the sender',
      must: 'refused',
      ends: { status: 'undetermined', reason: /^inspection-failed\/(unsupported-media-type|ambiguous|bad-manifest)$/ },
      make: (place) =>
        manifestAnswered(place, (_, response) =>
          response
            .writeHead(200, { 'content-type': `text/html${' '.repeat(4000)}; charset="<script>"` })
            .end(place.name),
        ),
    }),
    pushed({
      row: 'beyond',
      title: 'an error in half a megabyte of ESC sequences',
      source: 'idea: bytes of others in a log line',
      must: 'a code, and none of its bytes in a log',
      ends: refused('bad-answer'),
      make: (place) =>
        manifestAnswered(place, (_, response) =>
          response
            .writeHead(418, { 'content-type': 'application/json' })
            .end(`{"errors":[{"message":"${'\u001b[31mPWNED'.repeat(50_000)}"}]}`),
        ),
      also: ({ world }) => hold(!world.suite.output.includes('PWNED'), 'the log repeats what the registry said'),
    }),
    pushed({
      row: 'beyond',
      title: 'a layer that is shorter than it says',
      source: 'idea: an image cut in transfer',
      must: 'refused as digest-mismatch',
      ends: failed('digest-mismatch'),
      make: (place) => layerAnswered(place, (_, response) => response.writeHead(200).end('short')),
    }),
    pushed({
      row: 'beyond',
      title: 'a range of a layer instead of all of it (206)',
      source: 'idea: a partial answer that nobody asked for',
      must: 'no result of it',
      ends: failed('digest-mismatch'),
      make: (place) =>
        layerAnswered(place, (_, response) =>
          response.writeHead(206, { 'content-range': 'bytes 0-4/1000' }).end('hello'),
        ),
    }),
  ],
};

/** Temporary failures are retried before the scan is given up, so these inputs take long. */
export const patience: readonly Input[] = [
  pushed({
    row: 'beyond',
    title: 'headers of a layer that promise two lengths',
    source: 'request smuggling: two Content-Length',
    must: 'no result of it',
    ends: { status: 'undetermined', reason: /^failed\/(unreachable|digest-mismatch)$/ },
    make: (place) =>
      layerAnswered(place, (request) => {
        request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!');
      }),
  }),
  pushed({
    row: 'R17',
    title: 'a layer that comes a byte a second',
    must: 'given up by its least speed; the slot is free again',
    ends: failed('timeout'),
    make: (place) => layerAnswered(place, (_, response) => dripInto(response.writeHead(200))),
  }),
  pushed({
    row: 'R17',
    title: 'a manifest that comes a byte a second',
    must: 'given up by its deadline',
    ends: refused('timeout'),
    make: (place) =>
      manifestAnswered(place, (_, response) => dripInto(response.writeHead(200, { 'content-type': ociManifest }))),
  }),
  pushed({
    row: 'beyond',
    registry: 'busy',
    title: '"come back in 30 years" (429)',
    source: 'idea: Retry-After as a way to hold a slot',
    must: 'left alone for an hour, and told why',
    ends: refused('rate-limited'),
    make: (place) =>
      manifestAnswered(place, (_, response) => response.writeHead(429, { 'retry-after': '999999999' }).end()),
  }),
  pushed({
    row: 'beyond',
    title: 'a header of a megabyte',
    source: 'CVE-2018-12121: headers that fill memory',
    must: 'no result of it',
    ends: refused('unreachable'),
    make: (place) =>
      manifestAnswered(place, (request) => {
        request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(mebibyte)}\r\n\r\n`);
      }),
  }),
  pushed({
    row: 'beyond',
    title: 'headers that never end',
    source: 'CVE-2018-12122: slow headers',
    must: 'given up by the deadline',
    ends: { status: 'undetermined', reason: /^inspection-failed\/(timeout|unreachable)$/ },
    make: (place) =>
      manifestAnswered(place, (request) => {
        request.socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => request.socket.write('x: y\r\n'), 500);
        request.socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
      }),
  }),
  pushed({
    row: 'beyond',
    registry: 'stranger',
    title: 'a certificate of an authority that only bears the right name',
    source: 'idea: somebody in the middle',
    must: 'nothing is asked of it',
    ends: refused('unreachable'),
    make: async ({ registry, name }) => ({ digest: held(registry, await goodImage(name)) }),
    also: ({ registry }) => hold(registry.requests.length === 0, `it was asked ${registry.requests.length} times`),
  }),
];
