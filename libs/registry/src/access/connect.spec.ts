import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { certificateFor } from '../../test/authority.ts';
import { FakeProxy } from '../../test/fake-proxy.ts';
import { blobOf, descriptorOf, FakeRegistry, imageOf, manifestOf } from '../../test/fake-registry.ts';
import { clientOf, emptyFolder, otherRegistry } from '../../test/setting.ts';
import type { RegistryAccess } from './access.ts';
import { agentTo } from './connect.ts';
import { networkSettings } from './network.ts';

// Only the proxy knows where these are: without it they cannot be reached.
const [host, store] = ['registry.test:8443', 'store.test:9443'];
const tls = await certificateFor('registry.test', 'store.test', 'localhost');
const image = imageOf('a layer');
const pathOf = ({ digest }: { digest: string }): string => `/v2/a/blobs/${digest}`;

const secureRegistry = async (): Promise<FakeRegistry> => {
  const registry = new FakeRegistry(tls);
  await registry.listen();
  onTestFinished(() => registry.close());
  registry.hold(image, '1');
  return registry;
};

/** A registry with TLS, the proxy before it, and the file of the authority. */
const setting = async (more: Readonly<Record<string, string>> = {}) => {
  const registry = await secureRegistry();
  const proxy = await FakeProxy.start({ [host]: registry.host, ...more });
  const folder = await emptyFolder();
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, tls.ca);
  const env = { HTTPS_PROXY: `http://${proxy.host}`, ASSAY_REGISTRY_CA: ca };
  return { registry, proxy, folder, ca, env };
};

/** No address is allowed: what is reached is reached through the proxy. */
const access: RegistryAccess = { loginServer: host, plainHttp: false, allowAddresses: [] };
const clientBy = (env: Readonly<Record<string, string>>, more: Partial<RegistryAccess> = {}) =>
  clientOf({ ...access, ...more }, { network: networkSettings.read(env), retry: { attempts: 1 } });

describe('through a proxy', () => {
  it('an image is pulled from a registry whose name only the proxy resolves', async () => {
    const { registry, proxy, folder, env } = await setting();
    const client = clientBy(env);
    const { digest } = await client.manifest('a', '1');
    await client.pull('a', digest, join(folder, 'image'));
    expect(new Set(proxy.asked)).toEqual(new Set([host]));
    expect(registry.times(pathOf(image.layers[0]!))).toBe(1);
  });

  it('an artifact comes from the blob store that the registry leads to', async () => {
    const other = await secureRegistry();
    const { registry, proxy, folder, env } = await setting({ [store]: other.host });
    const layer = blobOf('application/vnd.maker.layer.v1', 'a database');
    other.holdBlob(layer);
    registry.holdManifest(manifestOf(blobOf('application/vnd.maker.config.v1', '{}'), [descriptorOf(layer)]), '2');
    registry.answer(pathOf(layer), (_, response) =>
      response.writeHead(307, { location: `https://${store}${pathOf(layer)}` }).end(),
    );
    const form = { artifactType: 'application/vnd.maker.config.v1', layerType: layer.mediaType, maxBytes: 100 };
    const file = join(folder, 'layer');
    await clientBy(env, { allowHosts: [store] }).artifact('a', '2', form, file);
    expect(await readFile(file)).toEqual(layer.bytes);
    expect(new Set(proxy.asked)).toEqual(new Set([host, store]));
    expect(other.times(pathOf(layer))).toBe(1);
  });

  it('the user and the password of the proxy go to the proxy alone', async () => {
    const { registry, proxy, env } = await setting();
    proxy.wants = `Basic ${Buffer.from('us er:p@ss').toString('base64')}`;
    const HTTPS_PROXY = `http://us%20er:p%40ss@${proxy.host}`;
    await clientBy({ ...env, HTTPS_PROXY }).head('a', '1');
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('plain HTTP is forwarded', async () => {
    const registry = await otherRegistry();
    registry.hold(image, '1');
    const plain = 'registry.test:5000';
    const proxy = await FakeProxy.start({ [plain]: registry.host });
    const client = clientBy({ HTTP_PROXY: proxy.host }, { loginServer: plain, plainHttp: true });
    expect(await client.head('a', '1')).toBe(image.manifest.digest);
    expect(proxy.asked).toEqual([`http://${plain}`]);
  });

  it('no host is asked for that is not configured', async () => {
    const { registry, proxy, env } = await setting({ [store]: '127.0.0.1:1' });
    registry.answer('/v2/a/manifests/1', (_, response) =>
      response.writeHead(307, { location: `https://${store}/v2/a/manifests/1` }).end(),
    );
    await expect(clientBy(env).head('a', '1')).rejects.toMatchObject({ code: 'forbidden-redirect' });
    expect(proxy.asked).toEqual([host]);
  });

  it('an agent refuses a host that is not configured by itself, too', async () => {
    const { proxy, env } = await setting({ [store]: '127.0.0.1:1' });
    const dispatcher = agentTo(access, networkSettings.read(env));
    onTestFinished(() => dispatcher.destroy());
    await expect(request(`https://${store}/`, { dispatcher })).rejects.toMatchObject({ code: 'forbidden-redirect' });
    expect(proxy.asked).toEqual([]);
  });

  it.each(['10.0.0.1', '169.254.169.254', '[fd00::1]'])(
    'an address that is not allowed is not asked for: %s',
    async (address) => {
      const { proxy, env } = await setting();
      await expect(clientBy(env, { loginServer: address }).head('a', '1')).rejects.toMatchObject({
        code: 'forbidden-address',
      });
      expect(proxy.asked).toEqual([]);
    },
  );

  it.each([
    { fault: 'has another user', refuses: 407, message: /proxy refuses .*407.*user:password/, patience: 'later' },
    { fault: 'does not let the host pass', refuses: 403, message: /proxy refuses .*403.*NO_PROXY/, patience: 'later' },
    { fault: 'does not reach the host', refuses: 502, message: /proxy refuses .*502/, patience: 'soon' },
  ])('the message is clear if the proxy $fault', async ({ refuses, message, patience }) => {
    const { proxy, env } = await setting();
    proxy.refuses = refuses;
    const refused = { code: 'unreachable', message: expect.stringMatching(message) as string, patience };
    await expect(clientBy(env).head('a', '1')).rejects.toMatchObject(refused);
  });

  it('the message names a proxy that does not answer, without its password', async () => {
    const { proxy, env } = await setting();
    const at = proxy.host;
    await proxy.close();
    const client = clientBy({ ...env, HTTPS_PROXY: `http://user:secret@${at}` });
    await expect(client.head('a', '1')).rejects.toMatchObject({
      code: 'unreachable',
      message: `the proxy ${at} does not answer (ECONNREFUSED)`,
    });
  });

  it('a connection that the proxy drops is a failure, and not asked for without end', async () => {
    const { proxy, env } = await setting();
    proxy.drops = true;
    await expect(clientBy(env).head('a', '1')).rejects.toMatchObject({ code: 'unreachable' });
    expect(proxy.asked).toEqual([host]);
  });
});

describe('without the proxy', () => {
  it.each([
    { what: 'a host of NO_PROXY', NO_PROXY: 'other.test, registry.test', loginServer: host },
    { what: 'a name below one of NO_PROXY', NO_PROXY: '.test', loginServer: host },
  ])('$what is resolved here', async ({ NO_PROXY, loginServer }) => {
    const { proxy, env } = await setting();
    const client = clientBy({ ...env, NO_PROXY }, { loginServer });
    await expect(client.head('a', '1')).rejects.toMatchObject({ code: 'unreachable' });
    expect(proxy.asked).toEqual([]);
  });

  it('this machine is asked itself, if its address is allowed', async () => {
    const { registry, proxy, env } = await setting();
    expect(await clientBy(env, registry.access()).head('a', '1')).toBe(image.manifest.digest);
    const strict = clientBy(env, registry.access({ allowAddresses: [] }));
    await expect(strict.head('a', '1')).rejects.toMatchObject({ code: 'forbidden-address' });
    const named = clientBy(env, { loginServer: registry.host.replace('127.0.0.1', 'localhost') });
    await expect(named.head('a', '1')).rejects.toMatchObject({ code: 'forbidden-address' });
    expect(proxy.asked).toEqual([]);
  });
});

describe('an own authority', () => {
  it('is trusted by its file, and not without', async () => {
    const { registry, ca } = await setting();
    const at = registry.access();
    await expect(clientBy({}, at).head('a', '1')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ASSAY_REGISTRY_CA') as string,
      patience: 'later',
    });
    expect(await clientBy({ ASSAY_REGISTRY_CA: ca }, at).head('a', '1')).toBe(image.manifest.digest);
  });

  it('is trusted for a proxy with TLS as well', async () => {
    const { registry, folder, ca } = await setting();
    const proxy = await FakeProxy.start({ [host]: registry.host }, tls);
    const at = proxy.host.replace('127.0.0.1', 'localhost');
    const env = { HTTPS_PROXY: `https://${at}` };
    expect(await clientBy({ ...env, ASSAY_REGISTRY_CA: ca }).head('a', '1')).toBe(image.manifest.digest);
    const other = join(folder, 'other.pem');
    await writeFile(other, (await certificateFor()).ca);
    await expect(clientBy({ ...env, ASSAY_REGISTRY_CA: other }).head('a', '1')).rejects.toMatchObject({
      message: expect.stringContaining(`the proxy ${at} does not answer`) as string,
    });
  });

  it('stands beside those that Node knows', async () => {
    const { ca } = await setting();
    const { authorities } = networkSettings.read({ ASSAY_REGISTRY_CA: ca });
    expect(authorities!.pems.length).toBeGreaterThan(100);
  });
});
