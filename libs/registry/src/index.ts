export { isAllowedHost, type RegistryAccess } from './access.ts';
export type { AzureAuth, SecretReference } from './acr/auth.ts';
export type { AcrClient, ListedManifest } from './acr/client.ts';
export { isAllowedAddress } from './addresses.ts';
export type { LeastSpeed } from './bodies.ts';
export type { ArtifactForm, ArtifactOptions, DownloadedArtifact } from './artifact.ts';
export type { BlobSource } from './blob-source.ts';
export { BlobCache } from './cache.ts';
export { clientOf, RegistryClients } from './clients.ts';
export { RegistryClient, type RegistryClientOptions } from './client.ts';
export type { ImageConfig } from './config.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export {
  accessAs,
  ConfigurationError,
  configuredRegistries,
  givenName,
  type ConfiguredRegistry,
} from './configured.ts';
export { registryFailures, RegistryError, type Patience, type RegistryErrorCode } from './error.ts';
export { limits } from './limits.ts';
export type { ImageDocument, IndexDocument, Manifest, ManifestDocument, Schema1Document } from './manifest.ts';
export { measuredRegistries } from './measured.ts';
export { networkSettings, type RegistryNetwork } from './network.ts';
export { RegistryPauses, type Rest } from './pauses.ts';
export type { Pulled, PullOptions, PullProgress } from './pull.ts';
export type { RetryPolicy } from './retry.ts';
export { registriesSetting } from './settings.ts';
