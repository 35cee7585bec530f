import type {
  Cause,
  Package,
  PageSet,
  ScanApproved,
  ScanCompleted,
  ScanFacts,
  ScannedFinding,
  ScanTimes,
} from '@assay/events';

/** The approvals of one placement, by scan id, and the highest verdict that declined it. */
export interface ReceivedPlacement {
  readonly approvals: Readonly<Record<string, { readonly data: ScanApproved; readonly cause: Cause }>>;
  readonly declined: number;
}

/** The events emitted for one approval. */
export interface EmittedScan {
  /** The highest attempt that was published as started. */
  readonly started: number;
  readonly outcome?: ScanCompleted['outcome'];
  /** It failed, and is retried. */
  readonly trying?: true;
  /** Pages of the completion that are still missing. With any, it counts as not published. */
  readonly missing: number;
}

/** The last good result of a digest; later approvals are answered with it. */
export interface GoodResult extends ScanFacts {
  readonly scanId: string;
  /** The trace of the scan, for links from joined approvals. */
  readonly traceparent?: string;
  readonly findings: readonly ScannedFinding[];
  readonly packages: readonly Package[];
}

export interface Received {
  readonly placements: Readonly<Record<string, ReceivedPlacement>>;
}

export interface Emitted {
  readonly scans: Readonly<Record<string, EmittedScan>>;
  readonly good?: GoodResult;
  /**
   * Proofs of possession: by placement, the subscription of its registry (lower case), which may see the result. States
   * that an older version stored have none.
   */
  readonly shown?: Readonly<Record<string, string>>;
  /** Pages of a good result that is not complete yet. */
  readonly pending?: PageSet<ScanCompleted>;
}

/** The data of a registry that a pull needs. */
export interface KnownRegistry {
  readonly registryId: string;
  readonly loginServer: string;
  readonly plainHttp: boolean;
  readonly allowAddresses: readonly string[];
  /** Changes with the credentials, so that waiting jobs are due at once. */
  readonly access?: string;
}

export interface Config {
  readonly registries: Readonly<Record<string, KnownRegistry>>;
  /** Digests of scanner builds that are not run any more, and whose results are not used again. */
  readonly recalled: readonly string[];
}

/**
 * The scanner, database, driver and witness of this runner. Results of another scanner, database or witness are not
 * reused.
 */
export type Bench = Pick<ScanFacts, 'scanner' | 'database' | 'driver'> & {
  /** Absent in a process that scans nothing. */
  readonly witnessVersion?: string;
};

/** The payload of a job. */
export interface ScanTask {
  readonly registry: KnownRegistry;
  readonly repository: string;
  readonly digest: string;
  readonly platform: string;
  /**
   * The subscription of the registry. Blobs cached for another subscription are used once the registry has proved that
   * it has the bytes.
   */
  readonly owner: string;
  /**
   * Scans nothing: the registry only has to prove that it has the image, by its answer to HEAD (`word`) or by a pull
   * (`bytes`).
   */
  readonly shows?: 'word' | 'bytes';
  readonly traceparent?: string;
  readonly scanId: string;
}

/** The result of a job that proves possession of an image scanned already. */
export type ProofResult = { readonly shown: 'word' | 'bytes' } | Exclude<ScanResult, { readonly succeeded: true }>;

/** The result of a job. */
export type ScanResult =
  | ({
      readonly succeeded: true;
      readonly findings: readonly ScannedFinding[];
    } & ScanFacts)
  | ({
      readonly succeeded: false;
      readonly code: string;
      readonly message: string;
    } & ScanTimes)
  /** Set by the store itself: the lease of the last attempt expired. */
  | { readonly failed: string };
