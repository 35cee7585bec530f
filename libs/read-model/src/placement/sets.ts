import {
  applied,
  at,
  canonical,
  isSameSum,
  setSum,
  type AssayEvent,
  type ClassificationRef,
  type ClassifiedFinding,
  type SetSum,
} from '@assay/events';

type Classified = AssayEvent<'finding.classified'>['data'];

interface Rank {
  readonly verdict: number;
  readonly classification?: number;
}
/** Negative if a is the earlier answer. */
export const byVerdict = (a: Rank, b: Rank): number =>
  a.verdict - b.verdict || (a.classification ?? 0) - (b.classification ?? 0);

/** One page of a classification: the parts of it that tell a set of findings, with the id of its event. */
export type SetPage = Pick<
  Classified,
  | 'page'
  | 'pages'
  | 'verdict'
  | 'classification'
  | 'content'
  | 'base'
  | 'set'
  | 'layers'
  | 'ruled'
  | 'removed'
  | 'findings'
> & { readonly id: string };

export const setPageOf = ({ id, data }: AssayEvent<'finding.classified'>): SetPage => {
  const { page, pages, verdict, classification, content, base, set, layers, ruled, removed, findings } = data;
  return {
    id,
    page,
    pages,
    verdict,
    classification,
    content,
    set,
    findings,
    ...(base ? { base } : {}),
    ...(layers ? { layers } : {}),
    ...(ruled ? { ruled } : {}),
    ...(removed ? { removed } : {}),
  };
};

/** A complete classification: the whole set of findings, or the change of another one. */
export type PublishedSet = Omit<SetPage, 'page' | 'pages'>;

/** Joins all pages of a classification. Its head is that of the first page. */
export const publishedSetOf = (pages: readonly SetPage[]): PublishedSet => {
  const { page: _, pages: __, ...head } = at(pages, 0);
  return { ...head, findings: pages.flatMap(({ findings }) => findings) };
};

/** The classification whose findings are stored, with count and sum of them. */
export interface StoredSet extends ClassificationRef {
  readonly set: SetSum;
  /** Digests of layers that findings name by position. */
  readonly layers: readonly string[];
}

/** The findings of a placement, in canonical order. */
export interface FindingSet {
  readonly of: StoredSet;
  readonly findings: readonly ClassifiedFinding[];
}

const isBase = ({ id, verdict, classification }: ClassificationRef, base: ClassificationRef | undefined): boolean =>
  base?.id === id && base.verdict === verdict && base.classification === classification;

const findingsAfter = (
  before: FindingSet | undefined,
  published: PublishedSet,
): readonly ClassifiedFinding[] | undefined => {
  const { content, base, findings, ruled = [], removed = [] } = published;
  if (content === 'set' || published.set.count === 0) return canonical(findings);
  if (!before) return undefined;
  if (content === 'none') return before.findings;
  return isBase(before.of, base) ? applied(before.findings, { findings, ruled, removed }) : undefined;
};

/**
 * The findings of a placement after a classification.
 *
 * @returns undefined if it changes a set that is not the one before, or if its result is not the set that it publishes
 */
export const setAfter = (before: FindingSet | undefined, published: PublishedSet): FindingSet | undefined => {
  const { id, verdict, classification, content, set, layers = before?.of.layers ?? [] } = published;
  const findings = findingsAfter(before, published);
  // A whole set rests on nothing that could be missing, so its count is enough.
  const isAsPublished =
    findings && (content === 'set' ? findings.length === set.count : isSameSum(setSum(findings), set));
  return isAsPublished ? { of: { id, verdict, classification, set, layers }, findings } : undefined;
};

/**
 * Applies classifications in the order of arrival. Those that are not above the one that counts are passed over, and a
 * later whole set makes up for a change that could not be applied.
 */
export const setAfterAll = (
  before: FindingSet | undefined,
  published: readonly PublishedSet[],
): FindingSet | undefined =>
  published.reduce((set, each) => (set && byVerdict(each, set.of) <= 0 ? set : (setAfter(set, each) ?? set)), before);
