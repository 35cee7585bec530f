import { factsOf } from './entries.ts';
import type { MarkContent } from './marks.ts';
import { missedAfter, type MissedEntry, type MissingResult, type NamedDatabase } from './missed.ts';
import type { ImagePlace } from './place.ts';
import { folded, PageAssembly, type ContentPage } from './sets.ts';

/** A page of `scan.completed` or `scan.reassessed`, as far as sets are concerned. */
export interface ScannedPage extends ContentPage, Partial<ImagePlace> {
  readonly digest: string;
  readonly scanId?: string;
  readonly verdict?: number;
  readonly outcome?: string;
  readonly kind?: string;
  readonly result?: number;
  readonly form?: number;
  readonly afterDecline?: boolean;
  readonly scanner: { readonly digest: string };
  readonly database: NamedDatabase & { readonly covers?: unknown };
  readonly os?: { readonly endOfLife: boolean };
  readonly witness?: object;
  readonly inventory?: object;
  readonly warnings?: readonly string[];
  readonly uncovered?: { readonly system?: string };
  /** When the scan began. */
  readonly startedAt?: string;
  readonly packages?: { readonly sha256: string };
}

/**
 * The facts of a head that a database or a scanner decides, as one text. The version of the witness is none, and an
 * image always has the same layers.
 */
const factsIn = ({ os, witness, inventory, packages, warnings, uncovered, scanner, database }: ScannedPage): string =>
  JSON.stringify([
    os ?? null,
    witness ? { ...witness, version: null, layers: null } : null,
    inventory ?? null,
    packages?.sha256 ?? null,
    warnings ?? null,
    uncovered ?? null,
    scanner.digest,
    database.demonstration ?? null,
    database.covers ?? null,
  ]);

/** A result of a digest with its set. */
export interface ToldResult extends MissingResult {
  /** Digest of the database that it stood on when it was published. */
  readonly database: string;
  readonly digest: string;
  /** Facts of its head besides findings and age. */
  readonly facts: string;
  /** When its database was built. */
  readonly builtAt: string | undefined;
  /** Undefined if the scan names no system. */
  readonly endOfLife: boolean | undefined;
  /** Whether its database has no advisories of the release. */
  readonly isUncovered: boolean;
  /** Changes since the last whole set. */
  readonly changes: number;
}

/** An event with results whose pages are all there. */
export interface EndedScan {
  readonly head: ScannedPage;
  readonly fault?: string;
  /** The result of the digest after it, if it is a success. */
  readonly standing?: ToldResult;
  /** The result that it took the place of, if it carries a new one. */
  readonly before?: ToldResult;
}

const mostChanges = 64;

/** The results of one digest, in the order of its partition. */
export class ResultsOfDigest {
  standing: ToldResult | undefined;
  /** Marks behind its last event. */
  covering: MarkContent[] = [];
  /** Placements with an answer. */
  readonly places = new Set<string>();
  /** By number, what each result shows: classifications rest on them. */
  readonly shown = new Map<number, string>();
  /** By number, the entries that waited for another database when the result was published. */
  readonly missed = new Map<number, readonly MissedEntry[]>();
  #waiting: readonly MissedEntry[] = [];
  readonly #pages = new Map<string, PageAssembly<ScannedPage>>();
  #unnumbered = 0;

  /** @returns the event, once its pages are all there */
  take(id: string, kind: string, page: ScannedPage): EndedScan | undefined {
    const sender = kind === 'scan.completed' ? `${page.registryId} ${page.repository}` : '';
    const assembly = this.#pages.get(sender) ?? new PageAssembly<ScannedPage>();
    this.#pages.set(sender, assembly);
    const whole = assembly.add(id, `${kind} ${page.scanId} ${page.result} ${page.pages}`, page);
    if (!whole) return undefined;
    const head = whole.pages[0]!;
    if (head.outcome !== undefined && head.outcome !== 'succeeded')
      return head.result === undefined && (head.content ?? 'none') === 'none'
        ? { head }
        : { head, fault: 'a scan without success has a result' };
    return this.#succeeded(head, whole.pages);
  }

  #succeeded(head: ScannedPage, pages: readonly ScannedPage[]): EndedScan {
    const before = this.standing;
    const told = head.content ?? 'set';
    // Results of today have no numbers: each of them counts.
    const result = head.result ?? (this.#unnumbered += 1);
    if (told === 'none') return this.#joined(head, result);
    if (before && result !== before.result + 1)
      return { head, fault: `result ${result} follows result ${before.result}` };
    if (!before && told === 'change') return { head, fault: `result ${result} changes a set that nothing told` };
    if (told === 'change' && before && before.form !== (head.form ?? 0))
      return { head, fault: `result ${result} changes a set of another form` };
    if (told === 'change' && before && before.changes >= mostChanges)
      return { head, fault: `result ${result} is change ${before.changes + 1} without a whole set` };
    const after = folded(before?.entries, pages);
    if ('fault' in after) return { head, fault: `result ${result}: ${after.fault}` };
    this.standing = {
      result,
      database: head.database.digest,
      scanner: head.scanner.digest,
      form: head.form ?? 0,
      by: head.database,
      digest: head.digest,
      facts: factsIn(head),
      builtAt: head.database.builtAt,
      entries: after.entries,
      endOfLife: head.os?.endOfLife,
      isUncovered: head.uncovered?.system !== undefined,
      changes: told === 'change' ? before!.changes + 1 : 0,
    };
    this.shown.set(result, factsOf(after.entries));
    this.#waiting = missedAfter(this.#waiting, before, this.standing, head.startedAt ?? '');
    this.missed.set(result, this.#waiting);
    return { head, standing: this.standing, ...(before ? { before } : {}) };
  }

  #joined(head: ScannedPage, result: number): EndedScan {
    const { standing } = this;
    if (standing?.result !== result)
      return { head, fault: `the number of result ${result} is told, and ${standing?.result ?? 'no result'} stands` };
    const after = folded(undefined, [{ page: 1, pages: 1, findings: standing.entries, set: head.set! }]);
    if ('fault' in after) return { head, fault: `result ${result}: ${after.fault}` };
    // The answer names the database that the result stands on by now.
    const { database: by } = head;
    this.standing = { ...standing, database: by.digest, builtAt: by.builtAt, by };
    const before = this.#waiting;
    const waiting = (this.#waiting = missedAfter(before, this.standing, this.standing, ''));
    if (waiting.length < before.length)
      this.missed.set(
        result,
        before.map((each) => (waiting.includes(each) ? each : { ...each, isEnded: true })),
      );
    return { head, standing: this.standing };
  }
}
