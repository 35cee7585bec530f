export { isAllowedHost, type RegistryAccess } from './access/access.ts';
export type { AzureAuth, SecretReference } from './access/azure-auth.ts';
export type { AcrClient, ListedManifest } from './acr/client.ts';
export { registryTime, registryTimes } from './access/dates.ts';
export { isAllowedAddress } from './access/addresses.ts';
export type { LeastSpeed } from './access/bodies.ts';
export { ArtifactRepository, type ArtifactPlace } from './client/artifact-repository.ts';
export type { ArtifactForm, ArtifactOptions, DownloadedArtifact } from './client/artifact.ts';
export { isLoginServerOf } from './discovery/clouds.ts';
export { Discoveries, mayFind, mayList, type ConfiguredDiscovery } from './discovery/discoveries.ts';
export {
  mostTagBytes,
  ResourceManager,
  roleRemedy,
  type ListedRegistry,
  type ListedSubscription,
} from './discovery/resource-manager.ts';
export type { BlobSource } from './blobs/blob-source.ts';
export { BlobCache } from './blobs/cache.ts';
export { clientOf, RegistryClients } from './clients.ts';
export { withDeadline } from './client/deadline.ts';
export { RegistryClient, type RegistryClientOptions } from './client/client.ts';
export type { ImageConfig } from './client/config.ts';
export type { Descriptor, Platform } from './blobs/descriptor.ts';
export {
  accessAs,
  ConfigurationError,
  configuredRegistries,
  givenName,
  type ConfiguredRegistry,
} from './configured.ts';
export { registryFailures, RegistryError, type Patience, type RegistryErrorCode } from './error.ts';
export { limits } from './limits.ts';
export type { ImageDocument, IndexDocument, Manifest, ManifestDocument, Schema1Document } from './client/manifest.ts';
export { measuredRegistries } from './client/measured.ts';
export { networkSettings, type RegistryNetwork } from './access/network.ts';
export { RegistryPauses, type Rest } from './client/pauses.ts';
export type { Pulled, PullOptions, PullProgress } from './client/pull.ts';
export type { RetryPolicy } from './access/retry.ts';
export { artifactPlacesOf } from './artifact-places.ts';
export { discoverySetting, registriesSetting } from './settings.ts';
