import { randomUUID } from 'node:crypto';
import type { FakeRegistry } from '../../../libs/registry/test/fake-registry.ts';
import { hold, type FinalStatus, type Input } from '../input.ts';
import type { ShownPlacement } from '../scene/suite-process.ts';
import type { RegistryName, HostileWorld } from '../scene/world.ts';
import { ociManifest } from './image.ts';

/** The place of an input: its own repository in an evil registry. */
export interface InputPlace {
  readonly registry: FakeRegistry;
  readonly repository: string;
  /** Unique among all inputs, for content that must have a unique digest. */
  readonly name: string;
  readonly world: HostileWorld;
}

/** The pushed content, as its notification names it. */
export interface PushedContent {
  readonly digest: string;
  readonly tag?: string;
  /** The digest whose end is checked, if it is not the pushed one. */
  readonly within?: string;
}

export interface PushedInput<M extends PushedContent> extends Omit<Input, 'happen'> {
  readonly registry?: RegistryName;
  make(place: InputPlace): Promise<M> | M;
  readonly ends: FinalStatus | readonly FinalStatus[];
  /** Checks what else must hold of the image once it has ended. */
  also?(ended: ShownPlacement & M & InputPlace): unknown;
}

/**
 * Notifies the suite of a push, as Azure Container Registry does. It retries once, because an idle connection may have
 * been closed while the image was made.
 */
export const notify = async (
  { suite, registries }: HostileWorld,
  name: RegistryName,
  repository: string,
  { digest, tag }: PushedContent,
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

const textOf = ({ status, reason }: FinalStatus | ShownPlacement): string =>
  reason === undefined ? status : `${status}, ${String(reason)}`;

const fits = (ended: ShownPlacement, { status, reason }: FinalStatus): boolean =>
  ended.status === status && (reason instanceof RegExp ? reason.test(ended.reason ?? '') : ended.reason === reason);

/** A pushed input: it must end with a terminal event that states a reason. */
export const pushed = <M extends PushedContent>({
  registry: name = 'plain',
  make,
  ends,
  also,
  ...input
}: PushedInput<M>): Input => ({
  ...input,
  happen: async (world) => {
    const repository = `hostile/${randomUUID()}`;
    const place: InputPlace = {
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
