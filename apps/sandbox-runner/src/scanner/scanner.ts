import type { Database, OperatingSystem, Package, ScannedFinding, Scanner } from '@assay/events';

/** The image that a scan is about. The report must speak of this one and no other. */
export interface ExpectedImage {
  /** Digest of the manifest. */
  digest: string;
  /** Digest of the config, where the caller knows it; the manifest's is used in any case. */
  configDigest?: string;
  /**
   * For scanners that choose from an index. Ours get one manifest: a config's own word for its platform is often wrong,
   * and judges nothing.
   */
  platform?: string;
}

export interface ScanOptions {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Why there is no result. `timeout`, `too-much-output`, `too-much-diagnostics`, `out-of-memory`, `too-many-processes`:
 * stopped by us. `security-violation`: the seccomp filter stopped it. `scanner-crashed`, `scanner-failed`: by itself.
 * The rest: it ended well, and what it said does not hold.
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
    }
  | { outcome: 'failed'; code: FailureCode; message: string; scannerMs: number }
  | { outcome: 'cancelled'; scannerMs: number };

/** A scanner with its database, both pinned by digest: "scanned already" means this digest by these two. */
export interface ImageScanner {
  readonly identity: Scanner;
  readonly database: Database;
  /**
   * Scans the one image of an OCI layout.
   *
   * @throws SandboxError where the sandbox did not come up, which says nothing about the image: try again
   */
  scan(layoutDir: string, expected: ExpectedImage, options: ScanOptions): Promise<ScanOutcome>;
}
