import { expect, it } from 'vitest';
import { patienceMs } from '@assay/testing';
import { TestSuite } from './suite.ts';

interface Tags {
  readonly value: readonly { readonly tag: string; readonly digest?: string; readonly moves: readonly object[] }[];
}
interface Images {
  readonly value: readonly { readonly digest: string; readonly tags: readonly string[] }[];
  readonly untagged: number;
}

/** The registry's own tags and their digests, by the distribution API. */
const listing = async (loginServer: string, repository: string): Promise<Record<string, string>> => {
  const base = `http://${loginServer}/v2/${repository}`;
  const { tags } = (await (await fetch(`${base}/tags/list`)).json()) as { tags: readonly string[] };
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const pairs = tags.map(async (tag): Promise<[string, string]> => {
    const { headers } = await fetch(`${base}/manifests/${tag}`, { method: 'HEAD', headers: { accept } });
    return [tag, headers.get('docker-content-digest') ?? ''];
  });
  return Object.fromEntries(await Promise.all(pairs));
};

it('tags are those of the registry, and not of any notification, and lists leave out what lost them', async () => {
  const suite = await TestSuite.start();
  const { url, registries } = suite.suite.endpoint;
  const { loginServer, name } = registries[0]!;
  const secret = suite.data.secret(`webhook-${name}`);
  const known = async (): Promise<Record<string, string>> => {
    const { value } = await suite.get<Tags>('/assay/tags?repository=team/web');
    return Object.fromEntries(value.flatMap(({ tag, digest }) => (digest ? [[tag, digest]] : [])));
  };
  const isThere = async () =>
    expect.poll(known, { timeout: patienceMs }).toEqual(await listing(loginServer, 'team/web'));
  const builds: string[] = [];
  for (const layout of ['alpine-3.7.3', 'alpine-3.9.6', 'alpine-3.10.3', 'alpine-3.20.3'])
    builds.push(await suite.push(layout, 'team/web', 'main'));
  await suite.push('alpine-3.7.3', 'team/web', '1.0');
  const [first, , , last] = builds as [string, string, string, string];
  for (const digest of builds) await suite.settled(digest, 'team/web');
  await isThere();

  // Ten forged notifications name old images for the tag, and one that is not there.
  for (let n = 0; n < 10; n += 1) {
    const target = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: builds[n % 3],
      repository: 'team/web',
      tag: n === 9 ? 'none' : 'main',
    };
    const forged = { id: `forged-${n}`, timestamp: new Date().toISOString(), action: 'push', target };
    const { status } = await fetch(`${url}/ingest/acr`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...forged, request: { id: forged.id, host: loginServer, method: 'PUT' } }),
    });
    expect(status).toBe(202);
  }
  const shown = async () => {
    const { value, untagged } = await suite.get<Images>('/assay/images?repository=team/web');
    return [Object.fromEntries(value.map(({ digest, tags }) => [digest, tags])), untagged];
  };
  await expect.poll(shown, { timeout: patienceMs }).toEqual([{ [first]: ['1.0'], [last]: ['main'] }, 2]);
  await isThere();

  // The tag is put back to an older image, and another one is deleted.
  await suite.push('alpine-3.7.3', 'team/web', 'main');
  await fetch(`http://${loginServer}/v2/team/web/manifests/${last}`, { method: 'DELETE' });
  await isThere();
  await expect.poll(known, { timeout: patienceMs }).toEqual({ main: first, '1.0': first });
  // The deleted image is shown as deleted.
  const untagged = builds.slice(1, 3).toSorted();
  const listed = async (query = ''): Promise<string[]> =>
    (await suite.get<Images>(`/assay/images?repository=team/web${query}`)).value.map(({ digest }) => digest).toSorted();
  await expect.poll(() => listed('&untagged=only'), { timeout: patienceMs }).toEqual(untagged);
  expect(await listed()).toEqual([first, last].toSorted());
});
