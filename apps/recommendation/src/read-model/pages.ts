import { at, isComplete, withPage, type AssayEvent, type ClassifiedFinding, type PageSet } from '@assay/events';
import type { RunQuery } from './duckdb.ts';
import type { WritingConnection } from './writing-connection.ts';

type Page = Pick<
  AssayEvent<'finding.classified'>['data'],
  'page' | 'pages' | 'verdict' | 'classification' | 'findings'
>;

/** A complete set of findings of one classification. */
export interface FindingSet {
  readonly verdict: number;
  readonly classification: number;
  readonly findings: readonly ClassifiedFinding[];
}

/**
 * Pages of incomplete sets of findings. They are stored with the positions, since the earlier pages will not be read
 * again.
 */
export class UnfinishedPages {
  #sets = new Map<string, PageSet<Page>>();

  static async stored(query: RunQuery): Promise<UnfinishedPages> {
    const pages = new UnfinishedPages();
    type Row = Omit<Page, 'findings'> & { image: string; findings: string };
    for (const { image, findings, ...page } of await query<Row>(
      'select image::varchar as image, verdict, classification, page, pages, findings from unfinished_pages ' +
        'order by page',
    )) {
      pages.add(image, { ...page, findings: JSON.parse(findings) as ClassifiedFinding[] });
    }
    return pages;
  }

  /** A working copy, so that pages of a failed batch do not remain. */
  copy(): UnfinishedPages {
    const copy = new UnfinishedPages();
    copy.#sets = new Map(this.#sets);
    return copy;
  }

  /** Adds a page; returns the complete set if this was the last page missing. */
  add(image: string, page: Page): FindingSet | undefined {
    const { verdict, classification } = page;
    if (page.pages === 1) return { verdict, classification, findings: page.findings };
    const key = `${image}/${verdict}/${classification}`;
    const set = withPage(this.#sets.get(key), page);
    if (!isComplete(set)) {
      this.#sets.set(key, set);
      return undefined;
    }
    this.#sets.delete(key);
    return { verdict, classification, findings: set.pages.flatMap(({ findings }) => findings) };
  }

  get empty(): boolean {
    return this.#sets.size === 0;
  }

  async write(connection: WritingConnection): Promise<void> {
    await connection.run('delete from unfinished_pages');
    await connection.append(
      'unfinished_pages',
      [...this.#sets].flatMap(([key, { pages }]) =>
        pages.map((page) => [
          at(key.split('/'), 0),
          page.verdict,
          page.classification,
          page.page,
          page.pages,
          JSON.stringify(page.findings),
        ]),
      ),
    );
  }
}
