import type { ComponentType } from 'react';
import { loadedLater } from '../frame/loaded.tsx';

/** A page of the portal. Each has a folder here, and is loaded when it is opened. */
export interface PortalPage {
  /** As wouter matches it. */
  readonly path: string;
  /** Name in `texts.pages`. */
  readonly name: PageName;
  /** Key after `g`; a page with a key is in the navigation. */
  readonly key?: string;
  readonly Page: ComponentType;
}

/** Names of the pages, for their titles. */
type PageName =
  | 'today'
  | 'images'
  | 'image'
  | 'vulnerabilities'
  | 'vulnerability'
  | 'gate'
  | 'compare'
  | 'exemptions'
  | 'coverage'
  | 'charges'
  | 'query'
  | 'search'
  | 'operations';

const page = (
  path: string,
  name: PageName,
  load: () => Promise<{ readonly default: ComponentType }>,
  key?: string,
): PortalPage => ({ path, name, Page: loadedLater(load), ...(key === undefined ? {} : { key }) });

/** Every page, in the order of the navigation. */
export const pages: readonly PortalPage[] = [
  page('/', 'today', () => import('./today/page.tsx'), 't'),
  page('/images', 'images', () => import('./images/page.tsx'), 'i'),
  page('/images/:digest', 'image', () => import('./image/page.tsx')),
  page('/gate', 'gate', () => import('./gate/page.tsx')),
  page('/compare', 'compare', () => import('./compare/page.tsx')),
  page('/vulnerabilities', 'vulnerabilities', () => import('./vulnerabilities/page.tsx'), 'v'),
  page('/vulnerabilities/:id', 'vulnerability', () => import('./vulnerability/page.tsx')),
  page('/exemptions', 'exemptions', () => import('./exemptions/page.tsx'), 'e'),
  page('/coverage', 'coverage', () => import('./coverage/page.tsx'), 'c'),
  page('/charges', 'charges', () => import('./charges/page.tsx'), 'b'),
  page('/query', 'query', () => import('./query/page.tsx'), 'q'),
  page('/search', 'search', () => import('./search/page.tsx')),
  page('/operations', 'operations', () => import('./operations/page.tsx'), 'o'),
  page('/operations/:part', 'operations', () => import('./operations/page.tsx')),
];
