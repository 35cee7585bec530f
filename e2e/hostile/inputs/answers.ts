import { setTimeout as pause } from 'node:timers/promises';
import { hold, type Group } from '../input.ts';
import { blobOf, goodImage, held, ociManifest } from '../making/image.ts';
import { pushed } from '../making/pushed.ts';
import { Endless } from '../making/streams.ts';

const mebibyte = 2 ** 20;

/** What a registry can answer. */
export const answers: Group = {
  name: 'answers of a registry',
  inputs: [
    pushed({
      row: 'R1', what: 'other bytes under a digest', must: 'refused as digest-mismatch', ends: { status: 'undetermined', reason: 'inspection-failed/digest-mismatch' },
      make: async ({ registry, repository, name }) => {
        const [asked, other] = [await goodImage(name), await goodImage(`another than ${name}`)];
        held(registry, other);
        registry.answer(`/v2/${repository}/manifests/${asked.manifest.digest}`, (_, response) => response.writeHead(200, { 'content-type': ociManifest }).end(other.manifest.bytes));
        return { digest: asked.manifest.digest };
      },
    }),
    pushed({
      row: 'R3', what: 'a layer of 10 bytes that never ends', must: 'refused after the 11th byte, the connection closed', ends: { status: 'undetermined', reason: 'failed/too-large' },
      make: async ({ registry, repository, name }) => {
        const image = await goodImage(name);
        const layer = blobOf(image.layers[0]!.mediaType, `ten bytes!`);
        const lying = { ...image, layers: [layer] };
        const endless = new Endless(Buffer.alloc(64 * 1024));
        const digest = held(registry, { ...lying, manifest: blobOf(ociManifest, { ...JSON.parse(image.manifest.bytes.toString()) as object, layers: [{ mediaType: layer.mediaType, digest: layer.digest, size: 10 }] }) });
        registry.answer(`/v2/${repository}/blobs/${layer.digest}`, (_, response) => endless.into(response.writeHead(200)));
        return { digest, endless };
      },
      also: async ({ endless }) => {
        for (const end = Date.now() + 5000; !endless.closed && Date.now() < end;) await pause(20);
        hold(endless.closed, 'the connection is still open');
        hold(endless.bytes < 16 * mebibyte, `${endless.bytes} bytes were taken`);
      },
    }),
    pushed({
      row: 'R5', what: '100 MB of spaces as a manifest', must: 'refused at 4 MiB', ends: { status: 'undetermined', reason: 'inspection-failed/too-large' },
      make: ({ registry, repository, name }) => {
        const { digest } = blobOf(ociManifest, name);
        const endless = new Endless(Buffer.alloc(64 * 1024, ' '), 100 * mebibyte);
        registry.answer(`/v2/${repository}/manifests/${digest}`, (_, response) => endless.into(response.writeHead(200, { 'content-type': ociManifest })));
        return { digest, endless };
      },
      also: ({ endless }) => hold(endless.bytes < 32 * mebibyte, `${endless.bytes} bytes were taken`),
    }),
  ],
};
