import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  blobOf,
  descriptorOf,
  manifestOf,
  ociConfig,
  ociLayer,
  type FakeImage,
} from '../../libs/registry/test/fake-registry.ts';
import type { MadeLayer } from '../hostile/making/image.ts';
import { send } from './api-request.ts';
import { expectThat, Find } from './target.ts';
import type { FuzzWorld } from './world.ts';

export interface FuzzVerdict {
  readonly status: string;
  readonly reason?: string;
  readonly operatingSystem?: { readonly family: string; readonly version: string };
}

/** Longer than three attempts at a scan that hangs. */
const patienceMs = 120_000;
const pending: ReadonlySet<string> = new Set(['queued', 'scanning']);

/**
 * Pushes an image to the registry, notifies the suite of it and waits for its verdict. The registry keeps nothing of
 * it.
 */
export const verdictOf = async (world: FuzzWorld, image: FakeImage): Promise<FuzzVerdict> => {
  const running = await world.suite();
  const repository = `fuzz/${randomUUID()}`;
  const { digest, mediaType } = image.manifest;
  running.registry.hold(image);
  try {
    const answer = await send(running, {
      method: 'POST',
      path: '/ingest/acr',
      headers: { authorization: `Bearer ${running.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        id: randomUUID(),
        timestamp: new Date().toISOString(),
        action: 'push',
        target: { mediaType, digest, repository },
        request: { host: running.registry.host },
      }),
    });
    expectThat(answer.status === 202, `the push was answered ${answer.status}: ${answer.text}`);
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(15)) {
      const { status, text } = await send(running, {
        path: `/assay/images/${encodeURIComponent(digest)}`,
        headers: { authorization: `Bearer ${running.token}` },
      });
      const placement =
        status === 200
          ? (JSON.parse(text) as { placements: (FuzzVerdict & { repository: string })[] }).placements.find(
              (each) => each.repository === repository,
            )
          : undefined;
      if (placement && !pending.has(placement.status)) return placement;
    }
    throw new Find(`no status within ${patienceMs / 1000} s`);
  } finally {
    running.registry.drop(image);
    running.registry.requests.length = 0;
  }
};

/** The verdict on an image of its own with these layers. */
export const verdictOnLayers = (world: FuzzWorld, layers: readonly MadeLayer[]): Promise<FuzzVerdict> => {
  const blobs = layers.map(({ blob, mediaType = ociLayer }) => blobOf(mediaType, blob));
  const config = blobOf(ociConfig, {
    author: randomUUID(),
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  return verdictOf(world, { config, layers: blobs, manifest: manifestOf(config, blobs.map(descriptorOf)) });
};
