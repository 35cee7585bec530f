import type {
  Cause,
  Database,
  OperatingSystem,
  Package,
  PageSet,
  Report,
  ScanApproved,
  ScanCompleted,
  ScannedFinding,
  Scanner,
} from '@assay/events';

/** What was approved of one placement, by scan id, and the highest verdict that declined it. */
export interface ReceivedPlacement {
  readonly approvals: Readonly<Record<string, { readonly data: ScanApproved; readonly cause: Cause }>>;
  readonly declined: number;
}

/** What was said of one approval. */
export interface EmittedScan {
  /** Highest attempt whose start was said. */
  readonly started: number;
  readonly outcome?: ScanCompleted['outcome'];
  /** It failed, and is tried again. */
  readonly trying?: true;
  /** Pages of the completion still to come; with any, it counts as not said. */
  readonly missing: number;
}

/** The last good result of a digest: who needs it again is answered from here. */
export interface GoodResult extends ScanFacts {
  readonly scanId: string;
  /** The trace in which it was found; who joins it links to it. */
  readonly traceparent?: string;
  readonly findings: readonly ScannedFinding[];
  readonly packages: readonly Package[];
}

/** What is true of a scan whoever asked for it. */
export interface ScanFacts {
  readonly startedAt: string;
  readonly scannerMs: number;
  readonly pullMs: number;
  readonly scanner: Scanner;
  readonly database: Database;
  readonly driver: string;
  readonly os?: OperatingSystem;
  readonly report?: Report;
}

export interface Received {
  readonly placements: Readonly<Record<string, ReceivedPlacement>>;
}

export interface Emitted {
  readonly scans: Readonly<Record<string, EmittedScan>>;
  readonly good?: GoodResult;
  /**
   * Whose registry has shown that it has the image, by placement, with its subscription (lower case): they may know
   * what was found in it. Stores that an older program filled have none.
   */
  readonly shown?: Readonly<Record<string, string>>;
  /** Pages of a good result that is not complete yet. */
  readonly pending?: PageSet<ScanCompleted>;
}

/** How a registry is reached, as far as a pull needs it. */
export interface KnownRegistry {
  readonly registryId: string;
  readonly loginServer: string;
  readonly plainHttp: boolean;
  readonly allowAddresses: readonly string[];
  /** Changes when credentials do: what waits is done at once then. */
  readonly access?: string;
}

export interface Config {
  readonly registries: Readonly<Record<string, KnownRegistry>>;
  /** Digests of scanner builds that are not run any more, and whose results are not used again. */
  readonly recalled: readonly string[];
}

/** Who scans here, with what: a result by another program or database is not this one's. */
export interface Bench {
  readonly scanner: Scanner;
  readonly database: Database;
  readonly driver: string;
}

/** What a job needs to know. */
export interface ScanTask {
  readonly registry: KnownRegistry;
  readonly repository: string;
  readonly digest: string;
  readonly platform: string;
  /**
   * The subscription of the registry. What is kept for another is used for it once the registry has shown that it has
   * the bytes.
   */
  readonly owner: string;
  /** Nothing is scanned: the registry is to show that it has the image, by its word or by bytes of it. */
  readonly shows?: 'word' | 'bytes';
  readonly traceparent?: string;
  readonly scanId: string;
}

/** What came of a job by which a registry was to show that it has an image that was scanned already. */
export type ProofResult = { readonly shown: 'word' | 'bytes' } | Exclude<ScanResult, { readonly succeeded: true }>;

/** What came of a job. */
export type ScanResult =
  | ({
      readonly succeeded: true;
      readonly findings: readonly ScannedFinding[];
      readonly packages: readonly Package[];
    } & ScanFacts)
  | {
      readonly succeeded: false;
      readonly code: string;
      readonly message: string;
      readonly startedAt: string;
      readonly scannerMs: number;
      readonly pullMs: number;
    }
  /** From the store itself: nobody renewed the lease of the last attempt. */
  | { readonly failed: string };
