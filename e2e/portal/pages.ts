/** A page of the portal, with what the past has for it. */
export interface PageCase {
  readonly name: string;
  /** Below `/portal`. */
  readonly path: (of: PastFacts) => string;
  /** The page asks nothing until a person does. */
  readonly asksNothing?: true;
  /** A text that stands on the page once it has its data. */
  readonly shows: (of: PastFacts) => RegExp;
}

/** Parts of the past that the pages are about. */
export interface PastFacts {
  readonly digest: string;
  readonly otherDigest: string;
  readonly repository: string;
  readonly vulnerability: string;
}

export const pageCases: readonly PageCase[] = [
  { name: 'today', path: () => '/', shows: () => /./ },
  { name: 'images', path: () => '/images', shows: ({ repository }) => new RegExp(repository) },
  { name: 'image', path: ({ digest }) => `/images/${digest}`, shows: ({ repository }) => new RegExp(repository) },
  { name: 'gate', path: () => '/gate', asksNothing: true, shows: () => /digest/ },
  {
    name: 'compare',
    path: ({ digest, otherDigest }) => `/compare?from=${digest}&to=${otherDigest}`,
    shows: () => /./,
  },
  { name: 'vulnerabilities', path: () => '/vulnerabilities', shows: () => /CVE-/ },
  {
    name: 'vulnerability',
    path: ({ vulnerability }) => `/vulnerabilities/${vulnerability}`,
    shows: ({ vulnerability }) => new RegExp(vulnerability),
  },
  { name: 'exemptions', path: () => '/exemptions', shows: () => /below-our-bar/ },
  { name: 'coverage', path: () => '/coverage', shows: () => /research/ },
  { name: 'charges', path: () => '/charges', shows: () => /USD/ },
  { name: 'query', path: () => '/query', asksNothing: true, shows: () => /./ },
  { name: 'search', path: () => '/search?q=log4j', shows: () => /log4j-core/ },
  { name: 'operations', path: () => '/operations', shows: () => /classifier/ },
  { name: 'parked', path: () => '/operations/parked', shows: () => /unreadable-event/ },
  { name: 'scanners', path: () => '/operations/scanners', shows: () => /trivy/ },
  { name: 'audit', path: () => '/operations/audit', shows: () => /chris/ },
];
