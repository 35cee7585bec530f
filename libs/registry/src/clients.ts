import type { RegistryAccess } from './access.ts';
import { RegistryClient, type RegistryClientOptions } from './client.ts';

/** One client for each way of reaching a registry, so that connections and tokens are used again. */
export class RegistryClients {
  readonly #clients = new Map<string, RegistryClient>();

  constructor(private readonly options: RegistryClientOptions = {}) {}

  to(access: RegistryAccess): RegistryClient {
    const key = JSON.stringify(access);
    const known = this.#clients.get(key);
    if (known) return known;
    const made = new RegistryClient(access, this.options);
    this.#clients.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
