import type { Map as ImmutableMap } from 'immutable';
import type {
  BlobReference,
  Cause,
  Database,
  Finding,
  JavaDatabase,
  OperatingSystem,
  PageSet,
  ScanApproved,
  ScanCompleted,
  ScanFacts,
  Scanner,
  ScanReassessed,
  ScanTimes,
  SetSum,
} from '@assay/events';
import type { Halves } from './halves.ts';

/**
 * The approvals of one placement, by scan id, and the highest verdict that declined it. Approvals that are not above it
 * are not kept. Once answered, only the latest approval stays.
 */
export interface ReceivedPlacement {
  readonly approvals: Readonly<Record<string, { readonly data: ScanApproved; readonly cause: Cause }>>;
  readonly declined: number;
}

/** The events emitted for one approval. */
export interface EmittedScan {
  readonly verdict: number;
  /** The highest attempt that was published as started. */
  readonly started: number;
  readonly outcome?: ScanCompleted['outcome'];
  /** It failed, and is retried. */
  readonly trying?: true;
  /** Digest of the database by which a scan without success was answered. */
  readonly failedWith?: string;
  /** It failed because there was no database to recognise its Java archives by. */
  readonly lacksJava?: true;
  /** Pages of the completion that are still missing. With any, it counts as not published. */
  readonly missing: number;
}

/** The events emitted for the approvals of one placement. */
export interface EmittedPlacement {
  /** By scan id. */
  readonly scans: Readonly<Record<string, EmittedScan>>;
  /** The highest verdict with an answer, and whether the placement has a result by then. */
  readonly answered: number;
  readonly hasResult: boolean;
  /** The highest verdict whose answer is final. */
  readonly settled: number;
  /** Proof of possession: the subscription of the registry (lower case), which may see the result. */
  readonly owner?: string;
}

/** The last result of a digest; later approvals are answered with it. */
export interface StandingResult extends ScanFacts {
  /** Its number among the results of the digest. */
  readonly result: number;
  /** The last scan of an approval that gave a result of its own. */
  readonly scanId: string;
  /** The trace of the scan, for links from joined approvals. */
  readonly traceparent?: string;
  readonly set: SetSum;
  readonly layers: readonly string[];
  /** Changes since the set was last published as a whole. */
  readonly changes: number;
  /** In canonical order. */
  readonly findings: readonly Finding[];
  /** Ids of the events that make up the set, from the last whole one on. A reader that lacks one lacks the set. */
  readonly events: readonly string[];
  /** The database on which it stood when it was last given to an approval, if that is another one than its own. */
  readonly givenWith?: Database;
}

/** The last word of a cluster about the digest. */
export interface SeenIn {
  /** ISO 8601 in UTC. */
  readonly seenAt: string;
  readonly gone?: true;
}

export interface Received {
  /** By cluster. Absent until one reports the digest. */
  readonly running?: Readonly<Record<string, SeenIn>>;
  readonly placements: Readonly<Record<string, ReceivedPlacement>>;
}

/** An event that carries a set, whole or as a change. */
export type NumberedPage = ((ScanCompleted & { readonly result: number; readonly set: SetSum }) | ScanReassessed) & {
  /** Id of the event. Absent while it is only decided. */
  readonly event?: string;
};

export interface Emitted {
  readonly placements: Readonly<Record<string, EmittedPlacement>>;
  readonly standing?: StandingResult;
  /** The number of the last result, if its set is unknown: events of the log are lost. */
  readonly lost?: number;
  /** Pages of a result that is not complete yet. Until then, the result before it stands. */
  readonly pending?: PageSet<NumberedPage>;
  /** Sequence of the last event that named a result. */
  readonly last?: string | undefined;
}

/** The data of a registry that a pull needs. */
export interface KnownRegistry {
  readonly registryId: string;
  readonly loginServer: string;
  readonly plainHttp: boolean;
  readonly allowAddresses: readonly string[];
  /** Changes with the credentials, so that waiting jobs are due at once. */
  readonly access?: string;
  /** The discovery that found it, whose identity pulls. */
  readonly discovery?: string;
  /** It is not watched any more. */
  readonly removed?: true;
}

/** The scanner and database by which every image is to be assessed. */
export interface Announcement {
  readonly scanner: string;
  readonly database: Database;
  /** The build. Absent: any that is not recalled. */
  readonly program?: Scanner;
  /** Name and size of the archive of the database in the blob store, if it lies there. */
  readonly dataref?: string;
  readonly bytes?: number;
  /** Version of the lists of package managers and shells. Absent: 1. */
  readonly lists?: number;
  /** The database by which Java archives are to be recognised. Absent: any, or none. */
  readonly java?: JavaDatabase;
  /** Offset of the announcement in its topic. */
  readonly announced: number;
  readonly cause: Cause;
}

export interface Config {
  readonly registries: ImmutableMap<string, KnownRegistry>;
  /** Digests of scanner builds that are not run any more, and whose results are not used again. */
  readonly recalled: readonly string[];
  readonly announcement?: Announcement;
  /** Offset of the last announcement of each database, by its digest. */
  readonly orders: Readonly<Record<string, number>>;
  /** Events of this service that an operator dropped at the classifier, by id, with the report about it. */
  readonly dropped: Readonly<Record<string, Cause>>;
}

/** Work data beside the state of a digest. Lost with a store, and then found again. */
export interface Note {
  /** A result was assessed again, and nothing differed. */
  readonly assessed?: { readonly result: number; readonly database: Database; readonly announced: number };
  /** Scans that failed for good since an announcement: its offset, by scan id. The next one tries them again. */
  readonly tried?: Readonly<Record<string, number>>;
  /** Whether a match of the inventory, by this build and database, found what the scan had found. */
  readonly rematch?: {
    readonly inventory: string;
    readonly program: string;
    readonly database: string;
    readonly agrees: boolean;
  };
}

/**
 * The scanner, database, driver and witness of this runner. Results of another scanner, database or witness are not
 * reused.
 */
export type Bench = Pick<ScanFacts, 'scanner' | 'database' | 'driver'> & {
  /** Version of the lists of package managers and shells. Absent: 1. */
  readonly lists?: number;
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
  /** Assesses an image again. Only a runner with this database and this build, as far as they are named, may do it. */
  readonly reassesses?: { readonly database?: string; readonly program?: string; readonly lists?: number };
  /** Digest of the database of Java archives that the runner must have for it. */
  readonly java?: string;
  /** Matches the inventory in place of a scan. Without a result of it, the image is scanned. */
  readonly rematch?: Rematch;
  /** All registries that have the image, in lower case, if it is assessed again. */
  readonly heldIn?: readonly string[];
  /** Not to be begun before this time, ms since the epoch. */
  readonly notBefore?: number;
  readonly traceparent?: string;
  readonly scanId: string;
}

/** An inventory to be matched. */
export interface Rematch {
  readonly inventory: BlobReference;
  /** Digest of the build of the scanner that listed it. Another build scans the image. */
  readonly program: string;
  /** The match is compared with the standing result, which is by the same database. The image is not scanned. */
  readonly isProof?: true;
}

/** The result of a job that shows whether a match finds what a scan found. */
export interface RematchProof {
  /** Absent if there is no match: the scanner is another build, gave no whole result, or the inventory is lost. */
  readonly found?: { readonly set: SetSum; readonly os?: OperatingSystem };
}

/** The result of a job that proves possession of an image scanned already. */
export type ProofResult = { readonly shown: 'word' | 'bytes' } | Exclude<ScanResult, { readonly succeeded: true }>;

/** The result of a scan that succeeded. Only descriptions that are news are in it. */
export type ScanSuccess = { readonly succeeded: true } & Halves & ScanFacts;

/** The result of a match. The facts that need the image are those of the standing result with the same inventory. */
export type RematchSuccess = { readonly rematched: true; readonly packages: BlobReference } & ScanSuccess;

/** The result of a job. */
export type ScanResult =
  | ScanSuccess
  | ({
      readonly succeeded: false;
      readonly code: string;
      readonly message: string;
    } & ScanTimes)
  /** Set by the store itself: the lease of the last attempt expired. */
  | { readonly failed: string };
