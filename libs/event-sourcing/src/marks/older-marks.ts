import type { Database } from '@assay/events';

/** The statement of a mark about the images that it covers. */
export interface Covering {
  /** `<epoch>.<number>` of the mark. It covers what stands before it in its topic. */
  readonly sequence: string;
  readonly scanner: string;
  readonly database: Database;
  /** Offset of the announcement in `advisories.updated`. */
  readonly announced: number;
}

/** A mark with what it does not cover. */
export interface MarkStatement extends Covering {
  /** Digests of images. */
  readonly images: readonly string[];
  /** Ids of registries, in lower case. */
  readonly registries: readonly string[];
}

/** The images that all marks so far except. */
interface Open {
  /** Digests: in every registry. */
  readonly images: ReadonlySet<string>;
  /** Registries: every image in them. */
  readonly registries: ReadonlySet<string>;
  /** An image in one registry, excepted by one mark for itself and by another for its registry. */
  readonly pairs: ReadonlyMap<string, Pair>;
}
interface Pair {
  readonly image: string;
  readonly registry: string;
}

const isEmpty = ({ images, registries, pairs }: Open): boolean => images.size + registries.size + pairs.size === 0;

const both = (some: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...some].filter((each) => others.has(each)));

/** The images that are open once an earlier mark counts, too. */
const openAfter = (open: Open, { images, registries }: MarkStatement): Open => {
  const pairs = new Map<string, Pair>();
  const add = (image: string, registry: string): void => void pairs.set(`${image} ${registry}`, { image, registry });
  const [itsImages, itsRegistries] = [new Set(images), new Set(registries)];
  for (const image of open.images) if (!itsImages.has(image)) for (const registry of registries) add(image, registry);
  for (const registry of open.registries)
    if (!itsRegistries.has(registry)) for (const image of images) add(image, registry);
  for (const { image, registry } of open.pairs.values())
    if (itsImages.has(image) || itsRegistries.has(registry)) add(image, registry);
  return {
    images: both(open.images, itsImages),
    registries: both(open.registries, itsRegistries),
    pairs,
  };
};

/** True if the mark covers an image that is open. */
const coversAny = ({ images, registries, pairs }: Open, mark: MarkStatement): boolean =>
  [...images].some((image) => !mark.images.includes(image)) ||
  [...registries].some((registry) => !mark.registries.includes(registry)) ||
  [...pairs.values()].some(
    ({ image, registry }) => !mark.images.includes(image) && !mark.registries.includes(registry),
  );

/** The mark with those exceptions alone that concern an image that is open. */
const concerning = ({ images, registries, pairs }: Open, mark: MarkStatement): MarkStatement => {
  const all = [...pairs.values()];
  return {
    ...mark,
    images: mark.images.filter(
      (each) => registries.size > 0 || images.has(each) || all.some(({ image }) => image === each),
    ),
    registries: mark.registries.filter(
      (each) => images.size > 0 || registries.has(each) || all.some(({ registry }) => registry === each),
    ),
  };
};

/**
 * The marks that still hold for an image that all later ones of their scanner except. Marks that hold for none are left
 * out, and so are exceptions that concern none: a partition keeps as much as its present exceptions need.
 *
 * @param latest the mark that was added
 * @param before the others, the latest first
 */
export const olderThan = (latest: MarkStatement, before: readonly MarkStatement[]): readonly MarkStatement[] => {
  const open = new Map<string, Open>();
  const begin = ({ scanner, images, registries }: MarkStatement): void =>
    void open.set(scanner, { images: new Set(images), registries: new Set(registries), pairs: new Map() });
  begin(latest);
  const kept: MarkStatement[] = [];
  for (const mark of before) {
    const ofScanner = open.get(mark.scanner);
    if (!ofScanner) {
      begin(mark);
      kept.push(mark);
    } else if (!isEmpty(ofScanner) && coversAny(ofScanner, mark)) {
      kept.push(concerning(ofScanner, mark));
      open.set(mark.scanner, openAfter(ofScanner, mark));
    }
  }
  return kept;
};
