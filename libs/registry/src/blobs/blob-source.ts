/** A registry that is to provide a blob, as far as the cache needs it. */
export interface BlobSource {
  /** Login server and repository. */
  readonly place: string;
  /** Owner of the registry (its subscription). */
  readonly owner: string;
  /** Writes the blob to the given path and returns the digest of the bytes written. */
  download(path: string): Promise<string>;
  /** True if the registry confirms that it has the blob; false if it does not support the request.
   * @throws RegistryError if the registry does not have the blob */
  confirms(): Promise<boolean>;
  /** Reads a part of the blob from the registry; undefined if the registry does not serve ranges.
   * @throws RegistryError if the registry does not have the blob */
  part(from: number, bytes: number): Promise<Buffer | undefined>;
}
