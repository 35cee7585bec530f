import type { UsageCharged } from '@assay/events';
import { SettingError } from '@assay/settings';
import type { Config } from '../domain/config.ts';
import { subscriptionKey } from '../domain/state.ts';

/** Context of a bill besides its charges: names and labels as known when the bill is made. */
export interface Naming {
  /** Issuer of the invoice. */
  readonly issuer: string;
  /** Name of the subscription, if known. */
  readonly subscriptionOf: (charge: UsageCharged) => string | undefined;
  /** Labels of the registry, and the owner of the repository. */
  readonly tagsOf: (charge: UsageCharged) => Readonly<Record<string, string>>;
}

export const defaultIssuer = 'Assay';

/** Without names, labels and owners. */
export const nameless: Naming = { issuer: defaultIssuer, subscriptionOf: () => undefined, tagsOf: () => ({}) };

export const namingBy = (config: () => Config, issuer: string): Naming => ({
  issuer,
  subscriptionOf: (charge) => config().names.get(subscriptionKey(charge)) || undefined,
  tagsOf: ({ registryId, repository }) => {
    const owner = ownerOf(config().owners, repository);
    return { ...config().labels.get(registryId.toLowerCase()), ...(owner === undefined ? {} : { owner }) };
  },
});

/** Finds the owner of the longest prefix of whole path segments: `team` matches `team/web`, but not `teams/web`. */
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
 * Reads `ASSAY_OWNERS`, a JSON object of owners by prefix of the repository name. Trailing slashes of a prefix are
 * ignored. An unset variable gives undefined, which keeps the owners published before.
 * @throws SettingError for any other text
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
      'ASSAY_OWNERS must be a JSON object from prefixes of repository names to owners, such as {"team-a": "Team A"}',
    );
  return Object.fromEntries(entries) as Record<string, string>;
};
