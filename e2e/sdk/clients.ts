import { readFileSync } from 'node:fs';
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { SecurityCenter } from '@azure/arm-security';
import { ResourceGraphClient as ResourceGraphClient4 } from 'arm-resourcegraph-4';
import { SecurityCenter as SecurityCenter2 } from 'arm-security-2';
import { inject } from 'vitest';
import { Api } from '../../apps/assay/src/client/api.ts';
import { trust } from '../../apps/assay/src/client/trust.ts';

export const endpoint = inject('endpoint');

/** Assay's own API, to observe the results. */
export const api = new Api(endpoint.url, endpoint.token);

/** Stands in for the identity library of a cloud. */
const credential = (token: string = endpoint.token) => ({
  getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

/** The current client, with a private authority, as its options allow. */
export const security = (subscriptionId: string, token?: string): SecurityCenter =>
  new SecurityCenter(credential(token), subscriptionId, {
    endpoint: endpoint.url,
    tlsOptions: { ca: readFileSync(endpoint.ca!) },
  });

// The client of 2020 has no such option: it trusts the authorities of its process, as with NODE_EXTRA_CA_CERTS.
trust(endpoint.ca!);

/** The client of 2020, whose credentials sign each request themselves. */
export const security2 = (subscriptionId: string, token: string = endpoint.token): SecurityCenter2 =>
  new SecurityCenter2(
    {
      signRequest: (request) => {
        request.headers.set('authorization', `Bearer ${token}`);
        return Promise.resolve(request);
      },
    },
    subscriptionId,
    'centralus',
    { baseUri: endpoint.url },
  );

/** The clients of Resource Graph, the current one and its predecessor. */
export const graph = (token?: string): ResourceGraphClient =>
  new ResourceGraphClient(credential(token), {
    endpoint: endpoint.url,
    tlsOptions: { ca: readFileSync(endpoint.ca!) },
  });
export const graph4 = (token: string = endpoint.token): ResourceGraphClient4 =>
  new ResourceGraphClient4(
    {
      signRequest: (request) => {
        request.headers.set('authorization', `Bearer ${token}`);
        return Promise.resolve(request);
      },
    },
    { baseUri: endpoint.url },
  );

/** The client that manages registries as Azure resources. */
export const containerRegistry = (subscriptionId: string, token?: string): ContainerRegistryManagementClient =>
  new ContainerRegistryManagementClient(credential(token), subscriptionId, {
    endpoint: endpoint.url,
    tlsOptions: { ca: readFileSync(endpoint.ca!) },
  });

/** Every item of a list, page by page, as the current client reads it. */
export const all = async <T>(list: AsyncIterable<T>): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
};

/** Every item of a list as the client of 2020 reads it: a page is a list with a link. */
export const all2 = async <T>(
  first: readonly T[] & { readonly nextLink?: string },
  next: (link: string) => Promise<readonly T[] & { readonly nextLink?: string }>,
): Promise<T[]> => {
  const items = [...first];
  for (let page = first; page.nextLink;) {
    page = await next(page.nextLink);
    items.push(...page);
  }
  return items;
};

/** Sends a request for each item, a few at once. */
export const inTurns = async <T, U>(
  items: readonly T[],
  atOnce: number,
  request: (item: T) => Promise<U>,
): Promise<U[]> => {
  const answers: U[] = [];
  for (let from = 0; from < items.length; from += atOnce)
    answers.push(...(await Promise.all(items.slice(from, from + atOnce).map(request))));
  return answers;
};
