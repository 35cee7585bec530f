import type { RegistryAccess } from './access/access.ts';
import { AcrClient } from './acr/client.ts';
import { RegistryClient, type RegistryClientOptions } from './client/client.ts';

/** Returns the client for a registry: a registry with an identity in Microsoft Entra is an Azure Container Registry. */
export const clientOf = (access: RegistryAccess, options: RegistryClientOptions = {}): RegistryClient | AcrClient =>
  access.auth ? new AcrClient(access, options) : new RegistryClient(access, options);

/** Keeps one client for each registry configuration, so that connections and tokens are reused. */
export class RegistryClients {
  readonly #clients = new Map<string, RegistryClient>();

  constructor(private readonly options: RegistryClientOptions = {}) {}

  to(access: RegistryAccess): RegistryClient {
    const key = JSON.stringify(access);
    const known = this.#clients.get(key);
    if (known) return known;
    const made = clientOf(access, this.options);
    this.#clients.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
