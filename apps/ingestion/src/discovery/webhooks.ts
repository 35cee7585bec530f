import { createHash, createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { RegistryObserved } from '@assay/events';
import { publicBaseSettings } from '@assay/http';
import {
  ConfigurationError,
  discoverySetting,
  RegistryError,
  type ConfiguredDiscovery,
  type Discoveries,
  type ResourceManager,
} from '@assay/registry';
import { derived, group, list, SettingError, type Settings } from '@assay/settings';

type Manager = Pick<ResourceManager, 'webhooks' | 'callbackOf' | 'writeWebhook'>;
/** A registry, and whether it is to have a webhook. */
type Registry = Pick<RegistryObserved, 'registryId' | 'location' | 'sku'> & { readonly wanted: boolean };

const least = 32;
/** Registries that are looked at at once. */
const atOnce = 4;
/** Most registries without a webhook that an outcome names. */
const mostNamed = 50;
const actions = ['delete', 'push'];

export const registryErrorOf = (error: unknown): RegistryError =>
  error instanceof RegistryError
    ? error
    : new RegistryError('bad-answer', 'an answer that cannot be read', { cause: error });

/** The webhooks that Assay makes in discovered registries, and the secrets that they send. */
export class Webhooks {
  /** The registries that have no webhook to be removed, by id in lower case. */
  readonly #clean = new Set<string>();
  /** The registry at which the last round was cut. */
  #cut: string | undefined;
  readonly #name: string;

  /**
   * @param base scheme and host of Assay
   * @param keys the first makes secrets, and each is accepted
   */
  constructor(
    private readonly base = '',
    private readonly keys: readonly string[] = [],
  ) {
    this.#name = `assay${createHash('sha256').update(base).digest('hex').slice(0, 16)}`;
  }

  /** @throws ConfigurationError if a discovery has webhooks, and a setting for them is missing */
  check(discoveries: readonly ConfiguredDiscovery[]): void {
    const { name } = discoveries.find(({ webhooks }) => webhooks) ?? {};
    if (name === undefined || this.#isSet) return;
    throw new ConfigurationError(
      `ASSAY_DISCOVERY has "webhooks" in ${name}, which needs ASSAY_PUBLIC_BASE, an https address, ` +
        `and ASSAY_WEBHOOK_KEY, at least ${least} characters`,
    );
  }

  get #isSet(): boolean {
    return this.keys.length > 0 && this.base.startsWith('https://');
  }

  /** The secrets by which a registry may report its pushes: the first is written, any is accepted. */
  secretsOf(registryId: string): readonly string[] {
    const text = `assay webhook\n${registryId.toLowerCase()}`;
    return this.keys.map((key) => createHmac('sha256', key).update(text).digest('hex'));
  }

  /**
   * Makes or repairs the webhook of each registry that is to have one, and removes that of each other. A failure
   * concerns its own registry only.
   */
  async keep(manager: Manager, registries: readonly Registry[], signal: AbortSignal) {
    const without: { readonly registryId: string; readonly why: string }[] = [];
    const at = Math.max(
      0,
      registries.findIndex(({ registryId }) => registryId === this.#cut),
    );
    const turns = (this.#isSet ? [...registries.slice(at), ...registries.slice(0, at)] : []).values();
    const round: { limited?: RegistryError; cut?: string } = {};
    const worker = async (): Promise<void> => {
      for (const registry of turns)
        try {
          if (round.limited || signal.aborted) round.cut ??= registry.registryId;
          else await this.#keepOne(manager, registry, signal);
        } catch (thrown) {
          const error = registryErrorOf(thrown);
          const { registryId, wanted } = registry;
          if (error.code === 'rate-limited') round.limited = error;
          if (round.limited || signal.aborted) round.cut ??= registryId;
          else if (wanted) without.push({ registryId, why: `${error.code}: ${error.message}` });
          // Without the right there is nothing to remove, and no use in another try at each listing.
          else if (error.code === 'unauthorized') this.#clean.add(registryId.toLowerCase());
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    this.#cut = round.cut ?? this.#cut;
    return {
      /** False if some were not asked about, for want of time or as Azure asked to pause: the next begins there. */
      isWhole: round.cut === undefined,
      webhooks: registries.filter(({ wanted }) => wanted).length - without.length,
      withoutWebhook: without.toSorted((a, b) => (a.registryId < b.registryId ? -1 : 1)).slice(0, mostNamed),
      retryAfterMs: round.limited?.retryAfterMs ?? 0,
    };
  }

  async #keepOne(manager: Manager, { registryId, location, sku, wanted }: Registry, signal: AbortSignal) {
    const id = registryId.toLowerCase();
    if (!wanted && this.#clean.has(id)) return;
    this.#clean.delete(id);
    const there = await manager.webhooks(registryId, signal);
    const own = there.find(({ name }) => name === this.#name);
    if (!wanted) {
      if (own) await manager.writeWebhook(registryId, this.#name, undefined, signal);
      return void this.#clean.add(id);
    }
    const serviceUri = `${this.base}/ingest/acr`;
    const Authorization = `Bearer ${this.secretsOf(registryId)[0]}`;
    if (own?.status === 'enabled' && !own.scope && isDeepStrictEqual(own.actions?.toSorted(), actions)) {
      const callback = await manager.callbackOf(registryId, this.#name, signal);
      const headers = Object.entries(callback.customHeaders ?? {});
      const proofs = headers.flatMap(([name, value]) => (name.toLowerCase() === 'authorization' ? value : []));
      if (callback.serviceUri === serviceUri && isDeepStrictEqual(proofs, [Authorization])) return;
    }
    const customHeaders = { Authorization };
    const webhook = { location, serviceUri, customHeaders, actions, status: 'enabled', scope: '' };
    await manager.writeWebhook(registryId, this.#name, webhook, signal).catch((thrown: unknown) => {
      const error = registryErrorOf(thrown);
      if (own || there.length === 0 || error.retriable) throw error;
      const hint = `its SKU ${sku} may permit no more: \`az acr webhook delete\`, or \`az acr update --sku\``;
      throw new RegistryError(error.code, `${error.message}; it has ${there.length} webhooks, and ${hint}`);
    });
  }
}

/** The discoveries, and the webhooks of those that have them. */
export const declaredDiscovery: Settings<{ readonly discoveries: Discoveries; readonly webhooks: Webhooks }> = derived(
  group({
    discoveries: discoverySetting,
    publicBase: publicBaseSettings,
    keys: list('ASSAY_WEBHOOK_KEY', {
      task: 'Watch registries',
      summary:
        'Key of the secrets in the webhooks that Assay makes in discovered registries, at least 32 characters. While ' +
        'it is changed, the new one, a comma, and the old one ([their webhooks](registries.md#their-webhooks)).',
    }),
  }),
  ({ discoveries, publicBase, keys }) => {
    if (keys.length > 2 || keys.some(({ length }) => length < least))
      throw new SettingError(`ASSAY_WEBHOOK_KEY must have at least ${least} characters, or be two such, with a comma`);
    const webhooks = new Webhooks(publicBase, keys);
    return { discoveries: discoveries.checkedBy((each) => webhooks.check(each)), webhooks };
  },
);
