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
import type { ListingOutcome } from '../domain/state.ts';

type Manager = Pick<ResourceManager, 'webhooks' | 'callbackOf' | 'writeWebhook'>;
type Owner = Pick<RegistryObserved, 'registryId' | 'location' | 'sku'>;

/** What became of the webhooks of registries. */
export interface KeptWebhooks {
  readonly outcome: Required<Pick<ListingOutcome, 'webhooks' | 'withoutWebhook'>>;
  /** The pause that was asked for, ms. */
  readonly retryAfterMs: number;
}

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
  readonly #name: string;
  readonly #secrets = new Map<string, readonly string[]>();

  /**
   * @param base scheme and host of Assay
   * @param keys the first makes secrets, and each is accepted
   */
  constructor(
    private readonly base: string | undefined,
    private readonly keys: readonly string[],
  ) {
    this.#name = `assay${createHash('sha256')
      .update(base ?? '')
      .digest('hex')
      .slice(0, 16)}`;
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
    return this.keys.length > 0 && this.base?.startsWith('https://') === true;
  }

  /** The secrets by which a registry may report its pushes: the first is written, any is accepted. */
  secretsOf(registryId: string): readonly string[] {
    const id = registryId.toLowerCase();
    const made =
      this.#secrets.get(id) ??
      this.keys.map((key) => createHmac('sha256', key).update(`assay webhook\n${id}`).digest('hex'));
    this.#secrets.set(id, made);
    return made;
  }

  /**
   * Makes or mends the webhook of each registry that is to have one, and removes that of each other. A failure concerns
   * its own registry only. It is named if the registry is to have a webhook.
   */
  async keep(
    manager: Manager,
    wanted: readonly Owner[],
    unwanted: readonly Pick<Owner, 'registryId'>[],
    signal: AbortSignal,
  ): Promise<KeptWebhooks> {
    const failures = new Map<string, RegistryError>();
    let limited: RegistryError | undefined;
    const turns = [
      ...wanted.map((owner) => ({
        id: owner.registryId.toLowerCase(),
        work: () => this.#keepOne(manager, owner, signal),
      })),
      ...(this.#isSet ? unwanted : []).map(({ registryId }) => ({
        id: registryId.toLowerCase(),
        work: () => this.#removeOne(manager, registryId, signal),
      })),
    ].values();
    const worker = async (): Promise<void> => {
      for (const { id, work } of turns)
        try {
          if (limited) throw limited;
          signal.throwIfAborted();
          await work();
        } catch (thrown) {
          const error = registryErrorOf(thrown);
          if (error.code === 'rate-limited') limited = error;
          failures.set(id, error);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const without = wanted.flatMap(({ registryId }) => {
      const error = failures.get(registryId.toLowerCase());
      return error ? { registryId, why: `${error.code}: ${error.message}` } : [];
    });
    return {
      outcome: {
        webhooks: wanted.length - without.length,
        withoutWebhook: without.toSorted((a, b) => (a.registryId < b.registryId ? -1 : 1)).slice(0, mostNamed),
      },
      retryAfterMs: limited?.retryAfterMs ?? 0,
    };
  }

  async #keepOne(manager: Manager, { registryId, location, sku }: Owner, signal: AbortSignal): Promise<void> {
    this.#clean.delete(registryId.toLowerCase());
    const there = await manager.webhooks(registryId, signal);
    const serviceUri = `${this.base}/ingest/acr`;
    const Authorization = `Bearer ${this.secretsOf(registryId)[0]}`;
    const own = there.find(({ name }) => name === this.#name);
    if (own?.status === 'enabled' && !own.scope && isDeepStrictEqual(own.actions?.toSorted(), actions)) {
      const callback = await manager.callbackOf(registryId, this.#name, signal);
      const headers = Object.entries(callback.customHeaders ?? {});
      const proofs = headers.flatMap(([name, value]) => (name.toLowerCase() === 'authorization' ? value : []));
      if (callback.serviceUri === serviceUri && isDeepStrictEqual(proofs, [Authorization])) return;
    }
    const customHeaders = { Authorization };
    const webhook = { location, serviceUri, customHeaders, actions, status: 'enabled', scope: '' };
    try {
      await manager.writeWebhook(registryId, this.#name, webhook, signal);
    } catch (thrown) {
      const error = registryErrorOf(thrown);
      if (own || there.length === 0 || !['unauthorized', 'bad-answer'].includes(error.code)) throw error;
      const hint =
        `it has ${there.length} webhooks, and its SKU ${sku} may permit no more: ` +
        '`az acr webhook delete`, or `az acr update --sku`';
      throw new RegistryError(error.code, `${error.message}; ${hint}`, { cause: error });
    }
  }

  async #removeOne(manager: Manager, registryId: string, signal: AbortSignal): Promise<void> {
    const id = registryId.toLowerCase();
    if (this.#clean.has(id)) return;
    try {
      const there = await manager.webhooks(registryId, signal);
      if (there.some(({ name }) => name === this.#name))
        await manager.writeWebhook(registryId, this.#name, undefined, signal);
    } catch (thrown) {
      // Without the right there is nothing to do, and asking again at each listing would not help.
      if (registryErrorOf(thrown).code !== 'unauthorized') throw thrown;
    }
    this.#clean.add(id);
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
      throw new SettingError(
        `ASSAY_WEBHOOK_KEY must be one or two keys with a comma between, of at least ${least} characters`,
      );
    const webhooks = new Webhooks(publicBase, keys);
    return { discoveries: discoveries.checkedBy((each) => webhooks.check(each)), webhooks };
  },
);
