import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pushLayout } from '@assay/local-registry';
import { clientOf, digestIn, emptyFolder, layoutOf, localRegistry, receiver, targetOf } from '../test/setting.ts';

const collect = async (names: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = [];
  for await (const name of names) all.push(name);
  return all;
};

describe('an image that is pushed', () => {
  it.each(['debian-13.0', 'nginx-1.23.3', 'busybox-1.37.0-glibc'])('comes back as it was: %s', async (name) => {
    const registry = await localRegistry();
    const client = clientOf(registry);
    const pushed = await pushLayout(layoutOf(name), targetOf(registry, `team/${name}`));
    expect(pushed.digest).toBe(await digestIn(layoutOf(name)));
    expect(await client.head(`team/${name}`, 'v1')).toBe(pushed.digest);
    const layout = join(await emptyFolder(), 'layout');
    const { manifest } = await client.pull(`team/${name}`, pushed.digest, layout);
    expect(manifest.bytes).toEqual(await readFile(join(layoutOf(name), 'blobs', 'sha256', pushed.digest.slice(7))));
    const again = await pushLayout(layout, targetOf(registry, `again/${name}`, 'v2'));
    expect(again).toEqual(pushed);
    expect(await collect(client.repositories())).toEqual([`again/${name}`, `team/${name}`]);
    expect(await collect(client.tags(`again/${name}`))).toEqual(['v2']);
  });

  it('is still there after a restart of the registry', async () => {
    const directory = await emptyFolder();
    const first = await localRegistry({ directory });
    const { digest } = await pushLayout(layoutOf('windows'), targetOf(first, 'a/b/c/d'));
    await first.close();
    const second = await localRegistry({ directory });
    expect(await clientOf(second).head('a/b/c/d', 'v1')).toBe(digest);
  });

  it('is not sent again if the registry has its blobs', async () => {
    const { url, received } = await receiver();
    const registry = await localRegistry({ webhook: { url, headers: {} } });
    const layout = join(await emptyFolder(), 'layout');
    await cp(layoutOf('windows'), layout, { recursive: true });
    await pushLayout(layout, targetOf(registry, 'team/app'));
    const {
      layers: [layer],
    } = (await clientOf(registry).manifest('team/app', 'v1')).document as { layers: readonly { digest: string }[] } as {
      layers: [{ digest: string }];
    };
    // The registry would refuse the damaged layer if it were sent.
    await writeFile(join(layout, 'blobs', 'sha256', layer.digest.slice(7)), 'damaged');
    await pushLayout(layout, targetOf(registry, 'team/app', 'v2'));
    await expect(pushLayout(layout, targetOf(registry, 'team/other'))).rejects.toThrow('answered 400 to PUT');
    await expect.poll(() => received.length).toBe(2);
  });
});

describe('an index that is pushed', () => {
  it('has its images reported first, each by digest', async () => {
    const { url, received } = await receiver();
    const registry = await localRegistry({ webhook: { url, headers: {} } });
    const { digest, mediaType } = await pushLayout(layoutOf('alpine-index'), targetOf(registry, 'team/multi'));
    expect(mediaType).toBe('application/vnd.oci.image.index.v1+json');
    await expect.poll(() => received.length).toBe(3);
    const { document } = await clientOf(registry).manifest('team/multi', digest);
    const children = document.kind === 'index' ? document.manifests.map((entry) => entry.digest) : [];
    expect(children[0]).toBe(await digestIn(layoutOf('alpine-3.20.3')));
    const targets = received.map(({ body }) => body['target'] as { digest: string; tag?: string });
    expect(targets.map((target) => target.digest).toSorted()).toEqual([...children, digest].toSorted());
    expect(targets.find((target) => target.tag === 'v1')?.digest).toBe(digest);
    expect(targets.filter((target) => 'tag' in target).length).toBe(1);
  });
});
