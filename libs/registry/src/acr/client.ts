import { baseOf, type RegistryAccess } from '../access/access.ts';
import { RegistryClient, type RegistryClientOptions } from '../client/client.ts';
import { checkReference, isDigest, isRepository, isTag } from '../names.ts';
import { withRegistryErrors, officialClient, type Ask } from './official.ts';

/** A manifest as the registry lists it. */
export interface ListedManifest {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly createdOn?: string;
  readonly lastUpdatedOn?: string;
  readonly sizeInBytes?: number;
  readonly operatingSystem?: string;
  readonly architecture?: string;
}

const time = (date: Date | undefined): string | undefined =>
  date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
const short = (text: string | undefined): string | undefined => text?.slice(0, 100);

/**
 * A client for an Azure Container Registry: lists content through the ACR extension, and reads images over the
 * distribution API like any other registry.
 */
export class AcrClient extends RegistryClient {
  readonly #base: URL;

  constructor(access: RegistryAccess, options: RegistryClientOptions = {}) {
    super(access, options);
    this.#base = baseOf(access);
  }

  override async *repositories(signal?: AbortSignal, after?: string): AsyncIterable<string> {
    const client = await officialClient(this.#base, 'registry:catalog:*', 'repositories', this.#ask(signal));
    const pages = client
      .listRepositoryNames()
      .byPage(
        after === undefined ? {} : { continuationToken: `/acr/v1/_catalog?last=${encodeURIComponent(after)}&n=100` },
      );
    for await (const names of withRegistryErrors(pages)) for (const name of names) if (isRepository(name)) yield name;
  }

  /**
   * Lists all manifests of a repository with their tags, untagged manifests included. One request covers many
   * manifests; the distribution API needs one request for each.
   */
  async *manifests(repository: string, signal?: AbortSignal): AsyncIterable<ListedManifest> {
    checkReference(repository);
    const client = await officialClient(
      this.#base,
      `repository:${repository}:metadata_read`,
      'manifests',
      this.#ask(signal),
    );
    for await (const listed of withRegistryErrors(client.getRepository(repository).listManifestProperties())) {
      if (!isDigest(listed.digest)) continue;
      const [createdOn, lastUpdatedOn, operatingSystem, architecture] = [
        time(listed.createdOn),
        time(listed.lastUpdatedOn),
        short(listed.operatingSystem),
        short(listed.architecture),
      ];
      yield {
        digest: listed.digest,
        tags: listed.tags.filter(isTag),
        ...(createdOn && { createdOn }),
        ...(lastUpdatedOn && { lastUpdatedOn }),
        ...(listed.sizeInBytes !== undefined && { sizeInBytes: listed.sizeInBytes }),
        ...(operatingSystem && { operatingSystem }),
        ...(architecture && { architecture }),
      };
    }
  }

  #ask(signal: AbortSignal | undefined): Ask {
    return (path, scope) =>
      this.send({ path, scope }, signal, async (answer) => ({
        contentType: [answer.headers['content-type']].flat()[0] ?? '',
        link: [answer.headers.link].flat()[0],
        bytes: await this.small(answer),
      }));
  }
}
