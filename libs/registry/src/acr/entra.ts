import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { RegistryError } from '../error.ts';
import { secretAt, type AzureAuth } from './auth.ts';
import { entraFailure, throttled } from './entra-failure.ts';

/** Whom a token for Azure Container Registry is for; no other service takes it. */
const audience = 'https://containerregistry.azure.net/.default';

type ServicePrincipal = Extract<AzureAuth, { kind: 'service-principal' }>;

/**
 * Tokens of Microsoft Entra, by its own library, which is loaded by the first that needs one: it costs memory, and few
 * registries want it.
 */
export class Entra {
  readonly #auth: AzureAuth;
  #credential: { readonly for: string; readonly is: TokenCredential } | undefined;
  #throttledUntil = 0;

  constructor(auth: AzureAuth) {
    this.#auth = auth;
  }

  /** @throws RegistryError `unauthorized` with what to do, or `unreachable` */
  async token(signal: AbortSignal): Promise<AccessToken> {
    const throttledMs = this.#throttledUntil - Date.now();
    if (throttledMs > 0) throw throttled(throttledMs);
    const credential = await this.#current();
    const ended = Promise.withResolvers<never>();
    const end = () => ended.reject(signal.reason);
    signal.addEventListener('abort', end);
    try {
      signal.throwIfAborted();
      // Not every credential listens to a signal.
      const token = await Promise.race([credential.getToken(audience, { abortSignal: signal }), ended.promise]);
      if (!token) throw new RegistryError('unauthorized', 'Microsoft Entra gave no token');
      return token;
    } catch (error) {
      signal.throwIfAborted();
      const failure = entraFailure(error, this.#auth.kind);
      if (failure.code === 'rate-limited') this.#throttledUntil = Date.now() + failure.retryAfterMs!;
      // After a failure a credential asks nobody for a minute, which is longer than we have.
      if (failure.retriable) this.#credential = undefined;
      throw failure;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** A credential holds its secret, so another secret makes another one. */
  async #current(): Promise<TokenCredential> {
    const secret = this.#auth.kind === 'service-principal' ? await secretAt(this.#auth.clientSecret) : '';
    if (this.#credential?.for !== secret)
      this.#credential = { for: secret, is: await credentialOf(this.#auth, secret) };
    return this.#credential.is;
  }
}

const credentialOf = async (auth: AzureAuth, secret: string): Promise<TokenCredential> => {
  const { ClientSecretCredential, ManagedIdentityCredential, WorkloadIdentityCredential } =
    await import('@azure/identity');
  if (auth.kind === 'managed-identity')
    return new ManagedIdentityCredential(auth.clientId === undefined ? {} : { clientId: auth.clientId });
  const options = optionsOf(auth);
  if (auth.kind === 'workload-identity')
    return new WorkloadIdentityCredential({
      tenantId: auth.tenantId,
      clientId: auth.clientId,
      tokenFilePath: auth.tokenFile,
      ...options,
    });
  return new ClientSecretCredential(auth.tenantId, auth.clientId, secret, options);
};

/**
 * An authority that an operator names is not looked up at Microsoft's: it may be one that Microsoft does not know.
 * Trying again is for the caller.
 */
const optionsOf = ({ authorityHost }: Pick<ServicePrincipal, 'authorityHost'>) => ({
  retryOptions: { maxRetries: 0 },
  ...(authorityHost === undefined ? {} : { authorityHost, disableInstanceDiscovery: true }),
});
