import { jsonList } from '@assay/settings';
import type { RegistryAccess } from '../access/access.ts';
import { isNetwork } from '../access/addresses.ts';
import { azureAuthOf, type AzureAuth } from '../access/azure-auth.ts';
import { ConfigurationError } from '../configured.ts';
import { RegistryError, printable } from '../error.ts';
import { clouds, isLoginServerOf, type AzureCloud } from './clouds.ts';

const settingName = 'ASSAY_DISCOVERY';

/** A discovery as configured in `ASSAY_DISCOVERY`: whose registries are found, and by which identity. */
export interface ConfiguredDiscovery {
  /** Its name in events and answers. */
  readonly name: string;
  /** Ids in lower case, or `all`: every subscription that the identity sees. */
  readonly subscriptions: readonly string[] | 'all';
  readonly auth: AzureAuth;
  readonly cloud: AzureCloud;
  readonly intervalSeconds: number;
  /** True if the images of restricted registries are assessed: Assay runs inside their networks. */
  readonly assessesRestricted: boolean;
  /** True if each registry that is found gets a webhook. */
  readonly webhooks: boolean;
  /** Networks (CIDR) that may be connected to although they are not public. */
  readonly allowAddresses: readonly string[];
}

/** The fields of an observed registry by which its discovery is looked up. */
interface Discovered {
  readonly loginServer: string;
  readonly subscriptionId: string;
}

/** True if a discovery may list a subscription, by its own setting alone. */
export const mayList = ({ subscriptions }: ConfiguredDiscovery, subscriptionId: string): boolean =>
  subscriptions === 'all' || subscriptions.includes(subscriptionId.toLowerCase());

/** True if a discovery may find a registry, by its own setting alone. */
export const mayFind = (discovery: ConfiguredDiscovery, { loginServer, subscriptionId }: Discovered): boolean =>
  isLoginServerOf(discovery.cloud, loginServer) && mayList(discovery, subscriptionId);

/** The discoveries of the setting. A file is read again at each use: a change needs no restart. */
export class Discoveries {
  #last: readonly ConfiguredDiscovery[];
  #error: ConfigurationError | undefined;
  #check: (list: readonly ConfiguredDiscovery[]) => void = () => undefined;

  /**
   * @param given the setting
   * @throws ConfigurationError in one line
   */
  constructor(private readonly given: string | undefined) {
    this.#last = discoveriesIn(given);
  }

  /** False if there is no such setting. */
  get isSet(): boolean {
    return Boolean(this.given?.trim());
  }

  /**
   * Adds what a service demands of the setting, now and at each use.
   * @param check throws ConfigurationError in one line
   */
  checkedBy(check: (list: readonly ConfiguredDiscovery[]) => void): this {
    check(this.#last);
    this.#check = check;
    return this;
  }

  /** The discoveries as they are now. A wrong setting leaves the last good one. */
  get current(): readonly ConfiguredDiscovery[] {
    try {
      const list = discoveriesIn(this.given);
      this.#check(list);
      this.#last = list;
      this.#error = undefined;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#error = error;
    }
    return this.#last;
  }

  /** The mistake in the setting, if the last good one counts in its place. */
  get error(): string | undefined {
    return this.#error?.message;
  }

  /**
   * The way to a registry that was discovered, by this setting alone: an event is not believed, or the identity would
   * go where a forged one leads.
   * @throws RegistryError `unauthorized`
   */
  accessTo({
    loginServer,
    discovery: name,
  }: {
    readonly loginServer: string;
    readonly discovery: string;
  }): Required<Omit<RegistryAccess, 'credentials'>> {
    const discovery = this.current.find((each) => each.name === name);
    if (!discovery || !isLoginServerOf(discovery.cloud, loginServer))
      throw new RegistryError(
        'unauthorized',
        discovery
          ? `${printable(loginServer)} is not below ${discovery.cloud.suffix}, so the identity is not used`
          : `${settingName} has no discovery ${printable(name)}`,
      );
    const { auth, allowAddresses, cloud } = discovery;
    return { loginServer, plainHttp: false, auth, allowAddresses, allowHosts: [cloud.blobs, cloud.suffix] };
  }
}

type Wrong = (name: string, wants: string) => never;

const discoveriesIn = (text: string | undefined): readonly ConfiguredDiscovery[] => {
  if (!text?.trim()) return [];
  const values = jsonList(settingName, text, (message) => new ConfigurationError(message));
  const seen = new Set<string>();
  return values.map((value, at) => {
    const wrong: Wrong = (name, wants) => {
      throw new ConfigurationError(`${settingName}[${at}]${name === '' ? '' : `.${name}`} must be ${wants}`);
    };
    const discovery = discoveryOf(value, wrong);
    if (seen.has(discovery.name)) wrong('name', 'of this discovery alone');
    seen.add(discovery.name);
    return discovery;
  });
};

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const fields = [
  'name',
  'subscriptions',
  'auth',
  'cloud',
  'intervalSeconds',
  'restricted',
  'webhooks',
  'allowAddresses',
];

/** An object without other fields: a misspelt one would be left out in silence. */
const objectOf = (value: unknown, name: string, known: readonly string[], wrong: Wrong): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(name, 'an object');
  const other = Object.keys(value).find((key) => !known.includes(key));
  return other === undefined ? { ...value } : wrong(name, `an object of ${known.join(', ')}; there is no ${other}`);
};

const discoveryOf = (given: unknown, wrong: Wrong): ConfiguredDiscovery => {
  const value = objectOf(given, '', fields, wrong);
  const { name, intervalSeconds = 900, restricted = 'decline', webhooks = false, allowAddresses = [] } = value;
  if (typeof name !== 'string' || !/^[\w.-]{1,60}$/.test(name))
    return wrong('name', 'a text of letters, digits, . _ -');
  if (!Number.isInteger(intervalSeconds) || Number(intervalSeconds) < 1 || Number(intervalSeconds) > 86_400)
    wrong('intervalSeconds', 'a whole number from 1 to 86400');
  if (restricted !== 'decline' && restricted !== 'assess') wrong('restricted', 'decline or assess');
  const isNetworks = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((each) => typeof each === 'string' && isNetwork(each));
  return {
    name,
    subscriptions: subscriptionsOf(value.subscriptions, wrong),
    auth: azureAuthOf(value.auth, process.env, wrong),
    cloud: cloudOf(value.cloud ?? 'AzureCloud', wrong),
    intervalSeconds: Number(intervalSeconds),
    assessesRestricted: restricted === 'assess',
    webhooks: typeof webhooks === 'boolean' ? webhooks : wrong('webhooks', 'true or false'),
    allowAddresses: isNetworks(allowAddresses) ? allowAddresses : wrong('allowAddresses', 'a list of networks (CIDR)'),
  };
};

const subscriptionsOf = (value: unknown, wrong: Wrong): readonly string[] | 'all' => {
  if (value === 'all') return value;
  const ids: unknown[] = Array.isArray(value) ? value : [];
  const known = ids.flatMap((id) => (typeof id === 'string' && guid.test(id.toLowerCase()) ? id.toLowerCase() : []));
  return known.length > 0 && known.length === ids.length
    ? [...new Set(known)]
    : wrong('subscriptions', 'a list of ids, or "all"');
};

const cloudOf = (value: unknown, wrong: Wrong): AzureCloud => {
  if (typeof value === 'string') {
    const names = clouds.map(({ name }) => name).join(', ');
    return clouds.find(({ name }) => name === value) ?? wrong('cloud', `${names}, or an object that states a cloud`);
  }
  const known = ['name', 'resourceManager', 'audience', 'suffix', 'blobs'] as const;
  const stated = objectOf(value, 'cloud', known, wrong);
  const read = (field: (typeof known)[number], pattern: RegExp, wants: string): string => {
    const text = stated[field];
    return typeof text === 'string' && pattern.test(text) ? text : wrong(`cloud.${field}`, wants);
  };
  const suffix = /^(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?){2,}$/;
  const resourceManager = URL.parse(read('resourceManager', /^https:\/\/[^/@?#]+\/?$/, 'an https address'));
  return {
    name: read('name', /^\w{1,60}$/, 'a text of letters and digits'),
    resourceManager: resourceManager?.origin ?? wrong('cloud.resourceManager', 'an https address'),
    audience: read('audience', /^https:\/\/\S+$/, 'an https address').replace(/\/$/, ''),
    suffix: read('suffix', suffix, 'a suffix of at least two names, like .azurecr.io'),
    blobs: read('blobs', suffix, 'a suffix of at least two names, like .blob.core.windows.net'),
  };
};
