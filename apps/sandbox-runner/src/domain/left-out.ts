import type { Disagreement, Package } from '@assay/events';

/** A manifest of a language, as the witness read it. */
export interface SeenManifest {
  readonly path: string;
  readonly leadsTo?: string;
  readonly language: string;
  readonly packages: readonly (readonly [name: string, version: string])[];
  /** The reason why its packages are not known. */
  readonly unread?: string;
}

interface Language {
  /** The type of its packages in a report. */
  readonly type: string;
  /** The type of its package URLs (purl-spec, "PURL types"). */
  readonly purl: string;
  /** True if a report has one list for the whole image, and each package its own path. */
  readonly isGathered: boolean;
  /** The name, as the index of its packages compares it. */
  readonly name?: (name: string) => string;
  readonly version?: (version: string) => string;
}

const languages: Readonly<Record<string, Language>> = {
  node: { type: 'node-pkg', purl: 'npm', isGathered: true },
  // PEP 503, "Normalized Names".
  python: {
    type: 'python-pkg',
    purl: 'pypi',
    isGathered: true,
    name: (name) => name.toLowerCase().replace(/[-_.]+/g, '-'),
  },
  ruby: { type: 'gemspec', purl: 'gem', isGathered: true },
  java: { type: 'jar', purl: 'maven', isGathered: true },
  php: {
    type: 'composer-vendor',
    purl: 'composer',
    isGathered: false,
    version: (version) => version.replace(/^v/, ''),
  },
  dotnet: { type: 'dotnet-core', purl: 'nuget', isGathered: false },
};

const same = (text: string): string => text;
const keyIn = ({ name: nameOf = same, version: versionOf = same }: Language, name: string, version: string): string =>
  `${nameOf(name)} ${versionOf(version)}`;

/** A package of a manifest, as a report would list it. */
const packageOf = (language: Language, path: string, name: string, version: string): Package => {
  const { type, purl, isGathered, name: nameOf = same } = language;
  const parts = nameOf(name).split('/').map(encodeURIComponent).join('/');
  return {
    name,
    version,
    type,
    purl: `pkg:${purl}/${parts}@${encodeURIComponent(version)}`,
    ...(isGathered ? { path } : { foundIn: path }),
  };
};

/** Packages that a report leaves out, and manifests of which nothing is known that the report does not name either. */
export interface LeftOut {
  readonly packages: readonly Package[];
  readonly unread: readonly SeenManifest[];
}

/**
 * Finds what a report leaves out of the manifests of an image: a scanner opens regular files only, and leaves out one
 * that it cannot read.
 */
export const leftOutOf = (reported: readonly Package[], manifests: readonly SeenManifest[]): LeftOut => {
  const known = new Set<string>();
  const paths = new Set<string>();
  for (const language of Object.values(languages))
    for (const { type, name, version, path, foundIn } of reported)
      if (type === language.type) {
        known.add(`${type} ${keyIn(language, name, version)}`);
        paths.add(`${type} ${path ?? foundIn}`);
      }
  const packages: Package[] = [];
  const unread: SeenManifest[] = [];
  for (const manifest of manifests) {
    const language = languages[manifest.language];
    if (!language) continue;
    const { path, leadsTo } = manifest;
    const isNamed = [path, leadsTo].some((each) => paths.has(`${language.type} ${each}`));
    // The report may name a package whose version nothing can be compared with.
    if (manifest.unread !== undefined && (!isNamed || manifest.unread === 'no-version')) unread.push(manifest);
    for (const [name, version] of manifest.packages) {
      const key = `${language.type} ${keyIn(language, name, version)}`;
      if (known.has(key)) continue;
      known.add(key);
      packages.push(packageOf(language, path, name, version));
    }
  }
  return { packages, unread };
};

/** The packages that the scanner left out even when it was given them: a doubt, with a path for the reader. */
export const manifestsDiffer = ({ packages, unread }: LeftOut): Disagreement[] => {
  const [first = ''] = [...unread, ...packages].map((each) => each.path ?? ('foundIn' in each ? each.foundIn : ''));
  if (packages.length + unread.length === 0) return [];
  return [
    {
      what: 'manifests',
      path: first ?? '',
      scanner: 0,
      witness: packages.length + unread.length,
      examples: [
        ...unread.map(({ path, unread: reason }) => `${path} (${reason})`),
        ...packages.map(({ path, foundIn, name, version }) => `${path ?? foundIn}: ${name} ${version}`),
      ],
    },
  ];
};
