import { askFor } from '../api/client.ts';
import type { JsonOf } from '../api/lists.ts';
import { useAnswer, type Asked } from '../api/use-answer.ts';
import { useMe } from '../api/use-me.ts';
import { searchTexts as words } from '../pages/search/texts.ts';
import { inAddress } from '../text/in-address.ts';
import { texts } from '../texts.ts';
import { useScope } from './scope.tsx';

type Found = JsonOf<'Search.search'>;

/** The answer to a search, within the subscription that the page is about. */
export const useFound = (text: string, top: number): Asked<Found> => {
  const scope = useScope();
  const mayRead = useMe()?.operations.includes('findings/read') ?? false;
  const query = { q: text, top: String(top), ...(scope === '' ? {} : { subscription: scope }) };
  return useAnswer<Found>(['/assay/search', query], (signal) => askFor('/assay/search', query, { signal }), {
    enabled: mayRead && text !== '',
  });
};

/** A page that a search leads to. */
export interface Hit {
  readonly name: string;
  readonly href: string;
  /** Number of images, and what else is known. */
  readonly images?: number;
  readonly about?: string;
}

/** The hits of one kind, the first ones and the number of all. */
interface HitsOfKind {
  readonly kind: keyof typeof words.kinds;
  readonly total: number;
  readonly hits: readonly Hit[];
  /** The list of all hits. */
  readonly all?: string;
}

/** The images with one of the packages of a search, and its vulnerabilities, whether a rule hides them or not. */
export const imagesHref = (text: string): string => `/images?package=${inAddress(`*${text}*`)}`;
export const vulnerabilitiesHref = (text: string): string => `/vulnerabilities?state=all&q=${inAddress(text)}`;

/** The hits of a search by kind, without kinds that have none. */
export const hitsOf = (text: string, { packages, vulnerabilities, images, registries }: Found): HitsOfKind[] => {
  const kinds: readonly HitsOfKind[] = [
    {
      kind: 'packages',
      total: packages.total,
      all: imagesHref(text),
      hits: packages.value.map((each) => ({
        name: each.package,
        href: `/images?package=${inAddress(each.package)}`,
        images: each.images,
        about: words.vulnerabilities(each.vulnerabilities),
      })),
    },
    {
      kind: 'vulnerabilities',
      total: vulnerabilities.total,
      all: vulnerabilitiesHref(text),
      hits: vulnerabilities.value.map(({ id, title, severity, images: count }) => ({
        name: id,
        href: `/vulnerabilities/${inAddress(id)}`,
        images: count,
        about: [texts.severities[severity], ...(title === undefined ? [] : [title])].join(' · '),
      })),
    },
    {
      kind: 'images',
      total: images.total,
      all: `/images?q=${inAddress(text)}`,
      hits: images.value.map(({ repository, tags, digest, loginServer }) => ({
        name: `${repository}${tags[0] === undefined ? `@${digest.slice(0, 19)}` : `:${tags[0]}`}`,
        href: `/images/${digest}`,
        about: loginServer,
      })),
    },
    {
      kind: 'registries',
      total: registries.total,
      hits: registries.value.map(({ loginServer, registryId }) => ({
        name: loginServer,
        href: `/images?registry=${inAddress(loginServer)}`,
        about: registryId,
      })),
    },
  ];
  return kinds.filter(({ total }) => total > 0);
};
