import type {
  Database,
  Inventory,
  OperatingSystem,
  Package,
  PackageInventory,
  ScannedFinding,
  Scanner,
  Uncovered,
  Witness,
} from '@assay/events';

/** The image of a scan. The report must be about this image and no other. */
export interface ExpectedImage {
  /** Digest of the manifest. */
  digest: string;
  /** Digest of the config, if the caller knows it; the manifest's is used in any case. */
  configDigest?: string;
  /**
   * For scanners that choose from an index. Ours gets one manifest: the platform in a config is often wrong, and
   * decides nothing.
   */
  platform?: string;
}

export interface ScanOptions {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * The reasons for a scan without a result. `timeout`, `too-much-output`, `too-much-diagnostics`, `out-of-memory`,
 * `too-many-processes`: we stopped it. `security-violation`: the seccomp filter stopped it. `scanner-crashed`,
 * `scanner-failed`, `witness-failed`: by itself. The others: it ended well, but its output is not acceptable.
 */
export const failureCodes = [
  'timeout',
  'too-much-output',
  'too-much-diagnostics',
  'out-of-memory',
  'too-many-processes',
  'security-violation',
  'scanner-crashed',
  'scanner-failed',
  'no-java-database',
  'empty-report',
  'not-json',
  'wrong-schema',
  'wrong-artifact',
  'oversized-entry',
  'too-many-findings',
  'packages-unreadable',
  'invalid-image',
  'witness-failed',
] as const;
export type FailureCode = (typeof failureCodes)[number];

export type ScanOutcome =
  | {
      outcome: 'succeeded';
      os?: OperatingSystem;
      findings: ScannedFinding[];
      packages: Package[];
      report: Buffer;
      scannerMs: number;
      /** The scanner's warnings about its own report: `packages-unreadable` if it left out packages. */
      warnings?: string[];
      /** Parts of the image of which the database has no advisories. */
      uncovered?: Uncovered;
      /** The answers of the witness, and where it disagrees. */
      witness?: Witness;
      /** The facts about the packages that decisions ask for. */
      inventory?: Inventory;
    }
  | { outcome: 'failed'; code: FailureCode; message: string; scannerMs: number }
  | { outcome: 'cancelled'; scannerMs: number };

/** Matching of several inventories in one run of the scanner, with the outcomes that each would have alone. */
export interface MatchingTogether {
  /**
   * Arranges inventories into lists, each for one run. An inventory that must be matched alone is in a list by itself.
   */
  arranged(inventories: readonly PackageInventory[]): readonly (readonly PackageInventory[])[];
  /**
   * Matches the inventories of one list. Returns their outcomes in the same order. The outcome of one that did not
   * succeed proves nothing about it: it must be matched alone.
   *
   * @param folder a path that does not exist yet, for what the scanner reads; the caller removes it
   * @throws SandboxError if the sandbox did not start
   */
  match(
    folder: string,
    inventories: readonly PackageInventory[],
    options: ScanOptions,
  ): Promise<readonly ScanOutcome[]>;
}

/** A scanner with its database, both pinned by digest: "scanned already" means this digest by these two. */
export interface ImageScanner {
  readonly identity: Scanner;
  readonly database: Database;
  /**
   * Scans the one image of an OCI layout.
   *
   * @throws SandboxError if the sandbox did not start, which is no fault of the image: try again
   */
  scan(layoutDir: string, expected: ExpectedImage, options: ScanOptions): Promise<ScanOutcome>;
  /**
   * Matches an inventory that a scan by this build gave against the database, without the image. The outcome has
   * findings, packages and the system as a scan of the image would give them, but neither witness nor inventory. It is
   * a success only if every package of the inventory took part. Absent: the scanner cannot, and images are scanned.
   *
   * @param folder a path that does not exist yet, for what the scanner reads; the caller removes it
   * @throws SandboxError as `scan`
   */
  rematch?(folder: string, inventory: PackageInventory, options: ScanOptions): Promise<ScanOutcome>;
  /** Absent: each inventory is matched alone. */
  readonly together?: MatchingTogether;
}
