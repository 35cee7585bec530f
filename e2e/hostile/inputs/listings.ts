import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { hold, type InputGroup, type Input } from '../input.ts';
import { goodImage, held } from '../making/image.ts';
import type { HostileWorld } from '../scene/world.ts';

const catalog = '/v2/_catalog?n=100';
const page = (response: ServerResponse, body: object, next?: string): unknown =>
  response
    .writeHead(200, {
      'content-type': 'application/json',
      ...(next === undefined ? {} : { link: `<${next}>; rel="next"` }),
    })
    .end(JSON.stringify(body));

/**
 * Notifies the suite that a repository was deleted, which starts a sweep of the registry; waits until the sweep is
 * over.
 */
const swept = async (
  {
    suite,
    registries: {
      lister: { registry, secret },
    },
  }: HostileWorld,
  most = 1000,
): Promise<number> => {
  const before = registry.requests.length;
  const body = {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'delete',
    target: { repository: 'gone' },
    request: { host: registry.host },
  };
  const { status } = await fetch(`${suite.endpoint.url}/ingest/acr`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  hold(status === 202, `the webhook was answered ${status}`);
  for (let [requests, calm] = [before, 0]; calm < 10; await pause(50)) {
    calm = registry.requests.length === requests && requests > before ? calm + 1 : 0;
    requests = registry.requests.length;
    hold(requests - before < most, 'it is asked again and again');
  }
  return registry.requests.length - before;
};

const listing = (
  title: string,
  source: string,
  answer: (world: HostileWorld) => (response: ServerResponse) => unknown,
): Input => ({
  row: 'beyond',
  title,
  source,
  must: 'the sweep ends; nobody else is asked; no name in a log',
  happen: async (world) => {
    const { registry } = world.registries.lister;
    registry.answer(catalog, (_, response) => answer(world)(response));
    const requests = await swept(world);
    hold(!world.suite.output.includes('PWNED'), 'the log repeats a name');
    return `asked ${requests} times`;
  },
});

const names = Array.from({ length: 10_000 }, (_, nth) => `release-${nth}`);

const manyNames: Input = {
  row: 'beyond',
  title: 'ten thousand names of one image',
  source: 'idea: names cost nothing',
  must: 'each name is asked for once, and the image is told of a few times and scanned',
  happen: async (world) => {
    const {
      suite,
      registries: {
        lister: { registry },
      },
    } = world;
    const repository = 'hostile/many';
    const image = await goodImage(repository);
    for (const name of names) registry.holdManifest(image.manifest, name);
    const digest = held(registry, image);
    registry.answer(catalog, (_, response) => page(response, { repositories: [repository] }));
    registry.answer(`/v2/${repository}/tags/list?n=100`, (_, response) =>
      page(response, { name: repository, tags: names }),
    );
    const requests = await swept(world, names.length + 100);
    const { status } = await suite.settled(digest, repository);
    hold(status === 'unhealthy', `the image is ${status}`);
    const { events } = await suite.get<{ events: { topic: string }[] }>(
      `/assay/images/${encodeURIComponent(digest)}/timeline`,
    );
    hold(events.length < 100, `its timeline has ${events.length} events`);
    return `asked ${requests} times, ${events.length} events`;
  },
};

/** Hostile listings of a registry's content. */
export const listings: InputGroup = {
  name: 'listings',
  oneByOne: true,
  inputs: [
    listing(
      'a catalog that goes on at the canary',
      'idea: a next page chosen by the registry',
      ({ canary }) =>
        (response) =>
          page(response, { repositories: ['a'] }, `http://${canary.host}${catalog}`),
    ),
    listing(
      'a catalog that goes on with itself',
      'idea: a circle',
      () => (response) => page(response, { repositories: [] }, catalog),
    ),
    listing(
      'a catalog of names that are paths, lines and no names',
      'idea: names that are paths or commands',
      () => (response) =>
        page(response, {
          repositories: ['../../PWNED', '\u001b[31mPWNED', 'a\r\nPWNED: x', '__proto__', 7, null, { toString: 'x' }],
        }),
    ),
    manyNames,
    listing(
      'half a catalog',
      'idea: an answer cut in transfer',
      () => (response) => response.writeHead(200).end('{"repositories":["PWNED"'),
    ),
  ],
};
