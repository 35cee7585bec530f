import type { SetEntry } from './entries.ts';
import type { MarkContent } from './marks.ts';
import type { NamedDatabase } from './missed.ts';
import type { ImagePlace } from './place.ts';
import { folded, PageAssembly, type ContentPage } from './sets.ts';

interface ClassificationName {
  readonly id: string;
  readonly verdict: number;
  readonly classification: number;
}

/** A page of `finding.classified`, as far as sets are concerned. */
export interface ClassifiedPage extends ContentPage, ImagePlace {
  readonly verdict: number;
  readonly classification: number;
  readonly status: string;
  readonly reason?: string;
  readonly basis: readonly string[];
  readonly base?: ClassificationName;
  readonly result?: number;
  readonly exempt: number;
  readonly scanner: { readonly digest: string };
  readonly database: NamedDatabase;
  readonly os?: { readonly endOfLife: boolean };
  readonly uncovered?: { readonly system?: string };
  readonly system?: object;
}

/** The findings of a placement after its last classification. */
export interface ShownSet extends ClassificationName {
  readonly head: ClassifiedPage;
  /** Undefined after a fault, until the next whole set. */
  readonly entries: readonly SetEntry[] | undefined;
  /** False if the scan failed, so that there is no set of findings. */
  readonly isAssessed: boolean;
  /** Changes since the last whole set. */
  readonly changes: number;
}

/** The result of reading a classification. */
interface Taken {
  readonly fault?: string;
  /** It is not above the one that stands, which stays. */
  readonly isLate?: true;
}

const withoutResult = /^timed-out$|^(failed|cancelled)\//;
const mostChanges = 64;

const isAfter = (a: Pick<ClassificationName, 'verdict' | 'classification'>, b: typeof a): boolean =>
  a.verdict > b.verdict || (a.verdict === b.verdict && a.classification > b.classification);

/** The classifications of one placement, in the order of its partition. */
export class ClassificationsOfPlacement {
  shown: ShownSet | undefined;
  /** Marks behind its last classification, and so over it. */
  covering: MarkContent[] = [];
  readonly #pages = new PageAssembly<ClassifiedPage>();
  /** The first page of an answer that is not whole. */
  #begun: string | undefined;

  /**
   * @param declined the highest verdict that declined the placement so far, 0 without one
   * @returns the set or a fault, once the pages are all there
   */
  take(id: string, page: ClassifiedPage, declined: number): Taken | undefined {
    const wasCutOff = page.page === 1 && this.#begun !== undefined;
    if (page.page === 1) this.#begun = id;
    const whole = this.#pages.add(id, `${page.verdict}.${page.classification}/${page.pages}`, page);
    if (!whole) return undefined;
    this.#begun = undefined;
    const before = this.shown;
    const head = whole.pages[0]!;
    const { verdict, classification } = head;
    if (before && !isAfter(head, before))
      return {
        isLate: true,
        fault: `classification ${verdict}.${classification} follows ${before.verdict}.${before.classification}`,
      };
    const isAssessed = !(head.status === 'undetermined' && withoutResult.test(head.reason ?? ''));
    const after = this.#after(head, whole.pages, before, declined, wasCutOff);
    this.shown = {
      id: whole.id,
      verdict,
      classification,
      head,
      isAssessed,
      entries: 'fault' in after ? undefined : after.entries,
      changes: head.content === 'change' ? (before?.changes ?? 0) + 1 : 0,
    };
    return 'fault' in after ? { fault: `classification ${verdict}.${classification}: ${after.fault}` } : {};
  }

  #after(
    head: ClassifiedPage,
    pages: readonly ClassifiedPage[],
    before: ShownSet | undefined,
    declined: number,
    wasCutOff: boolean,
  ): ReturnType<typeof folded> {
    if (head.content !== 'change') return folded(undefined, pages);
    const { base } = head;
    if (
      !before ||
      base?.id !== before.id ||
      base.verdict !== before.verdict ||
      base.classification !== before.classification
    )
      return {
        fault:
          `it changes ${base?.verdict}.${base?.classification} (${base?.id}), and ` +
          `${before ? `${before.verdict}.${before.classification} (${before.id})` : 'nothing'} stands`,
      };
    if (!before.isAssessed) return { fault: 'it changes what was no success' };
    if (declined > before.verdict && declined < head.verdict) return { fault: 'it changes what a decline took away' };
    if (wasCutOff) return { fault: 'it is a change after an answer that was cut off' };
    if (before.changes >= mostChanges) return { fault: `it is change ${before.changes + 1} without a whole set` };
    return folded(before.entries, pages);
  }
}
