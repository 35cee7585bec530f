import type { UnreadCode } from '@assay/events';

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
  /** Manifests of languages that the packages brought. */
  readonly owns?: readonly string[];
  /** The reason why the list was not read to its end. */
  readonly unread?: UnreadCode;
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

/** A part of the image that was not read. */
export interface Unread {
  readonly path: string;
  readonly reason: UnreadCode;
}

/** The languages whose manifests are read. */
export const languageKinds = ['node', 'python', 'ruby', 'java', 'php', 'dotnet'] as const;
export type LanguageKind = (typeof languageKinds)[number];

/** A file by which the tool of a language knows packages. */
export interface LanguageManifest {
  readonly language: LanguageKind;
  readonly packages: readonly InstalledPackage[];
  /** The reason why its packages are not known. */
  readonly unread?: UnreadCode;
}

/** A manifest at the path at which the tool of its language looks. */
export interface FoundManifest extends LanguageManifest {
  readonly path: string;
  /** The file, if links lead elsewhere. */
  readonly leadsTo?: string;
}

/** The state of an image as a runtime would assemble it, as far as package databases are concerned. */
export interface WitnessAnswer {
  readonly databases: readonly FoundDatabase[];
  /** Lists of installed packages elsewhere: of another root, or at a place that no package manager reads. */
  readonly others: readonly FoundDatabase[];
  readonly systems: readonly SystemStatement[];
  readonly languages: readonly { readonly language: string; readonly manifests: number }[];
  /** The packages of languages that their own tools would list, each with its manifest. */
  readonly manifests: readonly FoundManifest[];
  /** Parts that may hold packages where the tools of some system look. */
  readonly unread: readonly Unread[];
  /** Other parts that were not read, and lists that no package manager finds. */
  readonly notes: readonly Unread[];
  /** Entries of all layers. */
  readonly entries: number;
}

/**
 * One entry of a layer that matters; its texts are the bytes of the archive as latin1. `way` is a directory; `file` is
 * a regular file with a list, a statement, a manifest or names of files, or a path on which a package manager looks;
 * `other` is a file of which nothing is known; `whiteout` hides the path in layers below, `opaque` all below the path.
 * An entry with a doubt is another one for some runtime, or was not read, for this reason.
 */
export type KeptEntry = { readonly path: string; readonly doubt?: UnreadCode } & (
  | { readonly is: 'way' | 'other' | 'whiteout' | 'opaque' }
  | { readonly is: 'symlink' | 'hardlink'; readonly to: string }
  | {
      readonly is: 'file';
      readonly list?: PackageList;
      readonly statement?: Omit<SystemStatement, 'source'>;
      readonly manifest?: LanguageManifest;
      /** Manifests of languages that a package of the system brought. */
      readonly owns?: readonly string[];
      /** The path of its content in the archive, if this is a hard link. */
      readonly as?: string;
    }
);

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
  readonly unread?: UnreadCode;
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
