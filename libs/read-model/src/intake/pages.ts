import { isComplete, withPage, type PageSet } from '@assay/events';
import type { RunQuery } from '../store/duckdb.ts';
import { byVerdict, publishedSetOf, type SetPage, type PublishedSet } from '../placement/sets.ts';
import type { WritingConnection } from '../store/writing-connection.ts';

type Rank = Pick<SetPage, 'verdict' | 'classification'>;

/**
 * Pages of incomplete classifications. They are stored with the positions, since the earlier pages will not be read
 * again.
 */
export class UnfinishedPages {
  /** By image, then by verdict and classification. */
  #sets = new Map<string, ReadonlyMap<string, PageSet<SetPage>>>();
  #isChanged = false;

  static async stored(query: RunQuery): Promise<UnfinishedPages> {
    const pages = new UnfinishedPages();
    for (const { image, data } of await query<{ image: string; data: string }>(
      'select image::varchar as image, data from unfinished_pages order by page',
    ))
      pages.add(image, JSON.parse(data) as SetPage);
    pages.#isChanged = false;
    return pages;
  }

  /** A working copy, so that pages of a failed batch do not remain. */
  copy(): UnfinishedPages {
    const copy = new UnfinishedPages();
    copy.#sets = new Map(this.#sets);
    return copy;
  }

  /** Adds a page; returns the complete classification if this was the last page missing. */
  add(image: string, page: SetPage): PublishedSet | undefined {
    const { pages } = withPage(page.pages === 1 ? undefined : this.#sets.get(image)?.get(keyOf(page)), page);
    if (isComplete({ pages })) {
      this.#dropUpTo(image, page);
      return publishedSetOf(pages);
    }
    if (pages.length > 0) {
      this.#sets.set(image, new Map(this.#sets.get(image)).set(keyOf(page), { pages }));
      this.#isChanged = true;
    }
    return undefined;
  }

  /** Of an interrupted sender, the last pages never come. What is below a complete classification counts no more. */
  #dropUpTo(image: string, rank: Rank): void {
    const sets = this.#sets.get(image);
    if (!sets) return;
    this.#isChanged = true;
    const left = [...sets].filter(([, { pages }]) => pages.some((page) => byVerdict(page, rank) > 0));
    if (left.length > 0) this.#sets.set(image, new Map(left));
    else this.#sets.delete(image);
  }

  /** True if this copy differs from the stored pages. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  async write(connection: WritingConnection): Promise<void> {
    await connection.run('delete from unfinished_pages');
    await connection.append(
      'unfinished_pages',
      [...this.#sets].flatMap(([image, sets]) =>
        [...sets.values()].flatMap(({ pages }) =>
          pages.map((page) => [image, page.verdict, page.classification, page.page, JSON.stringify(page)]),
        ),
      ),
    );
  }
}

const keyOf = ({ verdict, classification }: Rank): string => `${verdict}/${classification}`;
