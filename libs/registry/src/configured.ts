import { jsonList } from '@assay/settings';
import type { RegistryAccess } from './access/access.ts';
import { azureAuthOf } from './access/azure-auth.ts';

/** A registry as configured in `ASSAY_REGISTRIES` (JSON, or the path of a JSON file). */
export interface ConfiguredRegistry extends RegistryAccess {
  /** ARM id: `/subscriptions/…/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/…`. */
  readonly registryId: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  readonly location: string;
  readonly sku: string;
  readonly cloud: string;
  readonly networkAccess: 'public' | 'restricted';
  readonly tags: Readonly<Record<string, string>>;
  /** The bearer token of the registry's webhooks; undefined if it sends none. */
  readonly secret?: string;
}

/** An invalid value in the configuration. The message names the setting and the valid values. */
export class ConfigurationError extends Error {
  readonly code = 'configuration';
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const registryResource = /resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/registries\/[^/]+/;
const armId = new RegExp(`^/subscriptions/(${uuid.source})/${registryResource.source}$`, 'i');

/** The access settings that are configured and appear in no event: credentials, identity and allowed hosts. */
export const accessAs = ({
  credentials,
  auth,
  allowHosts,
}: ConfiguredRegistry): Pick<RegistryAccess, 'credentials' | 'auth' | 'allowHosts'> => ({
  ...(credentials ? { credentials } : {}),
  ...(auth ? { auth } : {}),
  ...(allowHosts ? { allowHosts } : {}),
});

/** The onboarded registries.
 * @throws ConfigurationError in one line */
export const configuredRegistries = (text: string | undefined): ConfiguredRegistry[] => {
  if (!text?.trim()) return [];
  const registries = parsed(text.trim());
  const seen = new Set<string>();
  return namedAlike(
    registries.map((value, at) => {
      const registry = registryOf(value as Record<string, unknown>, at);
      for (const name of [registry.loginServer.toLowerCase(), registry.registryId.toLowerCase()]) {
        if (seen.has(name)) throw new ConfigurationError(`ASSAY_REGISTRIES[${at}]: ${name} is there twice`);
        seen.add(name);
      }
      return registry;
    }),
  );
};

/** The configured name of a subscription; undefined if its id stands in for a name. */
export const givenName = ({
  subscriptionId,
  subscriptionName,
}: Pick<ConfiguredRegistry, 'subscriptionId' | 'subscriptionName'>): string | undefined =>
  subscriptionName.toLowerCase() === subscriptionId.toLowerCase() ? undefined : subscriptionName;

/** Gives all registries of a subscription the same name, whichever of them is configured with it. */
const namedAlike = (registries: readonly ConfiguredRegistry[]): ConfiguredRegistry[] => {
  const names = new Map<string, string>();
  registries.forEach((registry, at) => {
    const [id, name] = [registry.subscriptionId.toLowerCase(), givenName(registry)];
    const before = names.get(id);
    if (name !== undefined && before !== undefined && before !== name)
      throw new ConfigurationError(
        `ASSAY_REGISTRIES[${at}].subscriptionName: ` +
          `the subscription ${id} is called '${before}' before, and '${name}' here`,
      );
    if (name !== undefined) names.set(id, name);
  });
  return registries.map((registry) => ({
    ...registry,
    subscriptionName: names.get(registry.subscriptionId.toLowerCase()) ?? registry.subscriptionName,
  }));
};

const parsed = (text: string): unknown[] =>
  jsonList('ASSAY_REGISTRIES', text, (message) => new ConfigurationError(message));

const registryOf = (value: Record<string, unknown>, at: number): ConfiguredRegistry => {
  const wrong = (name: string, wants: string): never => {
    throw new ConfigurationError(`ASSAY_REGISTRIES[${at}].${name} must be ${wants}`);
  };
  const text = (name: string, fallback?: string): string => {
    const found = value[name] ?? fallback;
    return typeof found === 'string' && found !== '' ? found : wrong(name, 'a text');
  };
  const list = (name: string): string[] => {
    const found = value[name] ?? [];
    return Array.isArray(found) && found.every((each) => typeof each === 'string')
      ? found
      : wrong(name, 'a list of texts');
  };
  const registryId = text('registryId');
  const subscriptionId = armId.exec(registryId)?.[1] ?? wrong('registryId', 'the ARM id of a container registry');
  const networkAccess = value.networkAccess ?? 'public';
  if (networkAccess !== 'public' && networkAccess !== 'restricted') wrong('networkAccess', 'public or restricted');
  const credentials = value.credentials as { username?: unknown; password?: unknown } | undefined;
  if (credentials && (typeof credentials.username !== 'string' || typeof credentials.password !== 'string'))
    wrong('credentials', 'an object with username and password');
  const auth = value.auth === undefined ? undefined : azureAuthOf(value.auth, process.env, wrong);
  if (auth && credentials) wrong('auth', 'absent if there are credentials');
  if (auth && value.plainHttp === true)
    wrong('auth', 'absent if plainHttp is true: a token would be readable on the way');
  return {
    registryId,
    subscriptionId,
    loginServer: text('loginServer'),
    subscriptionName: text('subscriptionName', subscriptionId),
    location: text('location', 'local'),
    sku: text('sku', 'Standard'),
    cloud: text('cloud', 'AzureCloud'),
    networkAccess: networkAccess as 'public' | 'restricted',
    plainHttp: value.plainHttp === true,
    allowAddresses: list('allowAddresses'),
    allowHosts: list('allowHosts'),
    tags: (value.tags ?? {}) as Record<string, string>,
    ...(credentials ? { credentials: credentials as { username: string; password: string } } : {}),
    ...(auth ? { auth } : {}),
    ...(value.secret === undefined ? {} : { secret: text('secret') }),
  };
};
