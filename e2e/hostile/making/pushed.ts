import { randomUUID } from 'node:crypto';
import type { FakeRegistry } from '../../../libs/registry/test/fake-registry.ts';
import { hold, type Ending, type Input } from '../input.ts';
import type { Placement } from '../scene/suite-process.ts';
import type { RegistryName, World } from '../scene/world.ts';
import { ociManifest } from './image.ts';

/** Where an input is to lie: a repository of its own in an evil registry. */
export interface Place {
  readonly registry: FakeRegistry;
  readonly repository: string;
  /** Unlike that of any other input, for what must not have the same digest. */
  readonly name: string;
  readonly world: World;
}

/** What lies there, and is told of as pushed. */
export interface Made {
  readonly digest: string;
  readonly tag?: string;
  /** The digest whose end is looked at, where that is another. */
  readonly within?: string;
}

export interface Pushed<M extends Made> extends Omit<Input, 'happen'> {
  readonly registry?: RegistryName;
  make(place: Place): Promise<M> | M;
  readonly ends: Ending | readonly Ending[];
  /** What else must hold of it, once it has ended. */
  also?(ended: Placement & M & Place): unknown;
}

/**
 * Tells the suite of a push, as Azure Container Registry does: once more where the connection ended, as one does that
 * was idle while an image was made.
 */
export const tell = async (
  { suite, registries }: World,
  name: RegistryName,
  repository: string,
  { digest, tag }: Made,
): Promise<Response> => {
  const { registry, secret } = registries[name];
  const body = {
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    action: 'push',
    target: { mediaType: ociManifest, digest, repository, ...(tag ? { tag } : {}) },
    request: { host: registry.host },
  };
  const told = (): Promise<Response> =>
    fetch(`${suite.endpoint.url}/ingest/acr`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return told().catch(told);
};

const words = ({ status, reason }: Ending | Placement): string =>
  reason === undefined ? status : `${status}, ${String(reason)}`;

const fits = (ended: Placement, { status, reason }: Ending): boolean =>
  ended.status === status && (reason instanceof RegExp ? reason.test(ended.reason ?? '') : ended.reason === reason);

/** An input that is pushed: it must end with a terminal event that says why. */
export const pushed = <M extends Made>({ registry: name = 'plain', make, ends, also, ...input }: Pushed<M>): Input => ({
  ...input,
  happen: async (world) => {
    const repository = `hostile/${randomUUID()}`;
    const place: Place = {
      registry: world.registries[name].registry,
      repository,
      name: `${input.what} ${repository}`,
      world,
    };
    const made = await make(place);
    const answer = await tell(world, name, repository, made);
    hold(answer.status === 202, `the webhook was answered ${answer.status}`);
    const ended = await world.suite.settled(made.within ?? made.digest, repository);
    const wanted = [ends].flat();
    hold(
      wanted.some((ending) => fits(ended, ending)),
      `ended ${words(ended)} instead of ${wanted.map(words).join(' or ')}`,
    );
    await also?.({ ...ended, ...made, ...place });
    return words(ended);
  },
});
