/** A package that the oracle names in the root of an image. */
export interface OraclePackage {
  /** The bucket of its advisories in a Trivy database: `debian 12`, `npm`. */
  readonly bucket: string;
  readonly name: string;
  readonly version: string;
  /** The name that advisories have, if it is another one: that of the source package. */
  readonly advised?: string;
}

/** The folder of an OCI layout with one image, and the packages in the image. */
export interface CorpusImage {
  readonly layout: string;
  readonly packages: readonly OraclePackage[];
}

/** An honest image: e2e/corpus/README.md. */
export interface Recipe {
  readonly name: string;
  /** Needs no download, so each run of the checks builds it. */
  readonly isLocal?: true;
  /** The reason for which it may not be healthy even above all fixes, by a source that its row names. */
  readonly doubt?: string;
  /**
   * Builds the image in an empty folder.
   * @throws Error if a tool cannot be had, or fails
   */
  make(folder: string): Promise<CorpusImage>;
}
