import { SettingError } from '@assay/event-sourcing';
import type { UsageCharged } from '@assay/events';
import type { Config } from '../domain/config.ts';
import { subscriptionKey } from '../domain/state.ts';

/** What a bill says besides its charges: names and labels as they are known when it is made. */
export interface Naming {
  /** Who sends the invoice. */
  readonly issuer: string;
  /** Name of the subscription, where one is configured. */
  readonly subscriptionOf: (charge: UsageCharged) => string | undefined;
  /** Labels of the registry, and who owns the repository. */
  readonly tagsOf: (charge: UsageCharged) => Readonly<Record<string, string>>;
}

export const defaultIssuer = 'Assay';

/** Nothing has a name and nobody owns anything. */
export const nameless: Naming = { issuer: defaultIssuer, subscriptionOf: () => undefined, tagsOf: () => ({}) };

export const namingBy = (config: () => Config, issuer: string): Naming => ({
  issuer,
  subscriptionOf: (charge) => config().names.get(subscriptionKey(charge)) || undefined,
  tagsOf: ({ registryId, repository }) => {
    const owner = ownerOf(config().owners, repository);
    return { ...config().labels.get(registryId.toLowerCase()), ...(owner === undefined ? {} : { owner }) };
  },
});

/**
 * The owner by the longest beginning of the repository's name, whole parts of it: `team` is one of `team/web`, and none
 * of `teams/web`.
 */
const ownerOf = (owners: ReadonlyMap<string, string>, repository: string): string | undefined => {
  for (let name = repository; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('/')))) {
    const owner = owners.get(name);
    if (owner !== undefined) return owner;
  }
  return undefined;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads `ASSAY_OWNERS`, a JSON object of owners by the beginning of a repository's name; nothing where it says nothing,
 * so that who was said to own them still does. A slash at the end of a beginning says nothing more.
 *
 * @throws SettingError where it says anything else
 */
export const ownersFrom = (text: string | undefined): Readonly<Record<string, string>> | undefined => {
  if (!text?.trim()) return undefined;
  const owners = parsed(text);
  const isObject = typeof owners === 'object' && owners !== null && !Array.isArray(owners);
  const entries = isObject
    ? Object.entries(owners as Record<string, unknown>).map(
        ([name, owner]) => [name.replace(/\/+$/, ''), owner] as const,
      )
    : [];
  const isOwner = ([name, owner]: readonly [string, unknown]): boolean =>
    name !== '' && typeof owner === 'string' && owner.trim() !== '';
  if (!isObject || !entries.every(isOwner))
    throw new SettingError(
      'ASSAY_OWNERS must be a JSON object of owners by the beginning of a repository\'s name, such as {"team-a": "Team A"}',
    );
  return Object.fromEntries(entries) as Record<string, string>;
};
