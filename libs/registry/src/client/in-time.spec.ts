import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { imageOf } from '../../test/fake-registry.ts';
import { exists, setting } from '../../test/setting.ts';

const large = imageOf(Buffer.alloc(100_000));
const [layer] = large.layers;
const path = `/v2/team/app/blobs/${layer!.digest}`;

/** A registry that sends a part of the layer, and the rest when it is asked to. No transfer is too slow by itself. */
const halting = async () => {
  const { client, registry, folder } = await setting({}, { leastSpeed: { bytesPerSecond: 0, overMs: 20 } });
  registry.hold(large);
  const begun = Promise.withResolvers<ServerResponse>();
  registry.answer(path, (_, response) => {
    response.writeHead(200).write(layer!.bytes.subarray(0, 1000));
    begun.resolve(response);
  });
  const rest = async () => void (await begun.promise).end(layer!.bytes.subarray(1000));
  const pull = (options: Parameters<typeof client.pull>[3]) =>
    client.pull('team/app', large.manifest.digest, join(folder, 'layout'), options);
  return { pull, rest, registry, layout: join(folder, 'layout') };
};

it('a layer that cannot arrive in the time left is refused early, and nothing of it is kept', async () => {
  const { pull, layout } = await halting();
  await expect(pull({ leftMs: () => 0 })).rejects.toMatchObject({
    code: 'timeout',
    patience: 'soon',
    message: expect.stringMatching(/^a layer lacks 99000 bytes, .*in the 0 s left at \d+ .*: .*ASSAY_SCAN_SECONDS$/),
  });
  expect(await exists(layout)).toBe(false);
});

it('a layer that can arrive in the time left is waited for', async () => {
  const { pull, rest } = await halting();
  let looked = 0;
  const pulled = await pull({
    leftMs: () => {
      looked += 1;
      if (looked === 3) void rest();
      return Infinity;
    },
  });
  expect([pulled.downloadedBytes >= 100_000, looked >= 3]).toEqual([true, true]);
});

it('the bytes of an image are known before its first blob is requested', async () => {
  const { pull, registry } = await halting();
  const no = new Error('no room');
  await expect(
    pull({ admit: (bytes) => (bytes === 100_000 + large.config.size ? Promise.reject(no) : Promise.resolve()) }),
  ).rejects.toBe(no);
  expect(registry.times(path)).toBe(0);
});
