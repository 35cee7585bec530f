import { allOf, type Condition } from './finding-filter.ts';
import { below } from './readable.ts';

/** The placements that a caller asks about, among those that the caller may read. */
export interface PlaceFilter {
  /** Prefixes of the keys of the readable registries. */
  readonly prefixes: readonly string[];
  readonly subscriptionId?: string | undefined;
  /** Id, login server or name of a registry. */
  readonly registry?: string | undefined;
  /** A repository; `*` stands for any text. */
  readonly repository?: string | undefined;
}

/** The end of an id of a registry. */
const registryName = "split_part(rtrim(registry_key, '/'), '/', -1)";

/** A character that stands for itself in a pattern of RE2. */
const escaped = (char: string): string => `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;

/** A pattern of RE2, which matches in linear time; `*` stands for any text. */
export const patternOf = (glob: string): string =>
  `(?s)${glob
    .split('*')
    .map((text) => text.replaceAll(/[^\p{L}\p{N}]/gu, escaped))
    .join('.*')}`;

/** A condition on `images` and on `findings`, which have the same columns of the place. */
export const placedIn = ({ prefixes, subscriptionId, registry, repository }: PlaceFilter): Condition =>
  allOf([
    below('registry_key', prefixes),
    ...(subscriptionId === undefined
      ? []
      : [{ where: 'subscription_id = $subscription', values: { subscription: subscriptionId.toLowerCase() } }]),
    ...(registry === undefined
      ? []
      : [
          {
            where: `(rtrim(registry_key, '/') = $registry or lower(login_server) = $registry
              or ${registryName} = $registry)`,
            values: { registry: registry.toLowerCase().replace(/\/+$/, '') },
          },
        ]),
    ...(repository === undefined
      ? []
      : repository.includes('*')
        ? [{ where: 'regexp_full_match(repository, $repository)', values: { repository: patternOf(repository) } }]
        : [{ where: 'repository = $repository', values: { repository } }]),
  ]);
