import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clientOf, digestIn, layoutOf, localRegistry } from '../test/setting.ts';

describe('skopeo', () => {
  const skopeo = async (...args: string[]) => (await promisify(execFile)('skopeo', args)).stdout;

  it('pushes, reads, copies and deletes', async () => {
    const registry = await localRegistry();
    const at = (repository: string) => `docker://127.0.0.1:${registry.port}/${repository}`;
    await skopeo('copy', '--dest-tls-verify=false', `oci:${layoutOf('debian-13.0')}:debian:13.0`, at('team/debian:13'));
    const { Digest, Layers } = JSON.parse(await skopeo('inspect', '--tls-verify=false', at('team/debian:13'))) as {
      Digest: string;
      Layers: string[];
    };
    expect(Digest).toBe(await digestIn(layoutOf('debian-13.0')));
    expect(Layers.length).toBe(1);
    await skopeo('copy', '--all', '--dest-tls-verify=false', `oci:${layoutOf('alpine-index')}`, at('team/multi:1'));
    expect(await clientOf(registry).head('team/multi', '1')).toBe(await digestIn(layoutOf('alpine-index')));
    await skopeo(
      'copy',
      '--format',
      'v2s2',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      at('team/debian:13'),
      at('docker/debian:13'),
    );
    expect((await clientOf(registry).manifest('docker/debian', '13')).mediaType).toBe(
      'application/vnd.docker.distribution.manifest.v2+json',
    );
    await skopeo('delete', '--tls-verify=false', at('team/debian:13'));
    await expect(clientOf(registry).head('team/debian', '13')).rejects.toMatchObject({ code: 'gone' });
  });
});
