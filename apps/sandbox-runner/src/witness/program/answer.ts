/** One installed package: its name, and its version as its package manager writes it. */
export type InstalledPackage = readonly [name: string, version: string];

export const databaseKinds = ['dpkg', 'apk', 'rpm', 'pacman', 'portage', 'opkg'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

/** A file that lists packages. */
export interface PackageList {
  readonly kind: DatabaseKind;
  /** Installed packages, also if they are marked for something else. */
  readonly packages: readonly InstalledPackage[];
  /** Packages without a status: in a list of a distroless image they are installed, in an index of a mirror not. */
  readonly unmarked?: readonly InstalledPackage[];
  /** The reason why the list was not read to its end. */
  readonly unread?: string;
}

/** A statement of the image about its system. */
export interface SystemStatement {
  /** Path, or name of the package. */
  readonly source: string;
  /** Word of the source itself, such as an `ID` of os-release. */
  readonly system: string;
  readonly version: string;
}

/** A package database of the image, as its package manager finds it. */
export interface FoundDatabase {
  readonly kind: DatabaseKind;
  /** The path at which the package manager looks, relative to the root. */
  readonly path: string;
  /** The end of the path, if links lead elsewhere. */
  readonly leadsTo?: string;
  /** Absent if the packages of this kind are not read. */
  readonly packages?: readonly InstalledPackage[];
}

/** The state of an image as a runtime would assemble it, as far as package databases are concerned. */
export interface WitnessAnswer {
  readonly databases: readonly FoundDatabase[];
  /** Lists of installed packages elsewhere: of another root, or at a place that no package manager reads. */
  readonly others: readonly FoundDatabase[];
  readonly systems: readonly SystemStatement[];
  readonly languages: readonly { readonly language: string; readonly manifests: number }[];
  readonly unread: readonly { readonly path: string; readonly reason: string }[];
  /** Entries of all layers. */
  readonly entries: number;
}

/**
 * One entry of a layer that matters. `way` is a directory; `file` is a regular file with a list, a statement, or a path
 * on which a package manager looks; `whiteout` hides the path in layers below, `opaque` all below the path.
 */
export type KeptEntry =
  | { readonly path: string; readonly is: 'way' | 'other' | 'whiteout' | 'opaque' }
  | { readonly path: string; readonly is: 'symlink' | 'hardlink'; readonly to: string }
  | {
      readonly path: string;
      readonly is: 'file';
      readonly list?: PackageList;
      readonly statement?: Omit<SystemStatement, 'source'>;
      readonly language?: string;
    };

/** All that is kept of a layer, so that it need not be read again. */
export interface LayerSummary {
  /** Digest of the content without compression. */
  readonly diffId: string;
  readonly entries: number;
  readonly kept: readonly KeptEntry[];
  /** Marks of the paths of all other regular files, in base64: such a file hides a list of the same path below. */
  readonly files: string;
  /** Folders that had an entry below before one of their own. */
  readonly unnamed?: readonly string[];
  /** The reason why the layer was not read to its end. */
  readonly unread?: string;
}

/** The input of a run: the layers from the lowest to the highest. */
export interface WitnessTask {
  readonly layers: readonly (
    | { readonly digest: string; readonly blob: string }
    | { readonly digest: string; readonly summary: string }
  )[];
}

/** The lines of the output: a line for each layer that was read, then one for the image. */
export type WitnessLine =
  | { readonly layer: string; readonly summary: LayerSummary }
  | { readonly image: WitnessAnswer; readonly diffIds: readonly string[] };
