import { randomUUID } from 'node:crypto';
import type { FakeRegistry } from '../../../libs/registry/test/fake-registry.ts';
import { hold, type Ending, type Input } from '../input.ts';
import type { Placement } from '../scene/suite-process.ts';
import type { RegistryName, World } from '../scene/world.ts';
import { ociManifest } from './image.ts';

/** The place of an input: its own repository in an evil registry. */
export interface Place {
  readonly registry: FakeRegistry;
  readonly repository: string;
  /** Unique among all inputs, for content that must have a unique digest. */
  readonly name: string;
  readonly world: World;
}

/** The pushed content, as its notification names it. */
export interface Made {
  readonly digest: string;
  readonly tag?: string;
  /** The digest whose end is checked, if it is not the pushed one. */
  readonly within?: string;
}

export interface Pushed<M extends Made> extends Omit<Input, 'happen'> {
  readonly registry?: RegistryName;
  make(place: Place): Promise<M> | M;
  readonly ends: Ending | readonly Ending[];
  /** Checks what else must hold of the image once it has ended. */
  also?(ended: Placement & M & Place): unknown;
}

/**
 * Notifies the suite of a push, as Azure Container Registry does. It retries once, because an idle connection may have
 * been closed while the image was made.
 */
export const notify = async (
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
  const send = (): Promise<Response> =>
    fetch(`${suite.endpoint.url}/ingest/acr`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return send().catch(send);
};

const textOf = ({ status, reason }: Ending | Placement): string =>
  reason === undefined ? status : `${status}, ${String(reason)}`;

const fits = (ended: Placement, { status, reason }: Ending): boolean =>
  ended.status === status && (reason instanceof RegExp ? reason.test(ended.reason ?? '') : ended.reason === reason);

/** A pushed input: it must end with a terminal event that states a reason. */
export const pushed = <M extends Made>({ registry: name = 'plain', make, ends, also, ...input }: Pushed<M>): Input => ({
  ...input,
  happen: async (world) => {
    const repository = `hostile/${randomUUID()}`;
    const place: Place = {
      registry: world.registries[name].registry,
      repository,
      name: `${input.title} ${repository}`,
      world,
    };
    const made = await make(place);
    const answer = await notify(world, name, repository, made);
    hold(answer.status === 202, `the webhook was answered ${answer.status}`);
    const ended = await world.suite.settled(made.within ?? made.digest, repository);
    const wanted = [ends].flat();
    hold(
      wanted.some((ending) => fits(ended, ending)),
      `ended ${textOf(ended)} instead of ${wanted.map(textOf).join(' or ')}`,
    );
    await also?.({ ...ended, ...made, ...place });
    return textOf(ended);
  },
});
