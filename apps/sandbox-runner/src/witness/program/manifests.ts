import type { FoundManifest, InstalledPackage, LanguageKind, LanguageManifest } from './answer.ts';
import { LineSplitter } from './lines.ts';
import type { Found, Tree } from './tree.ts';

/** A longer manifest is not read. */
const mostBytes = 4 * 2 ** 20;

const archive = /\.(?:jar|war|ear|par)$/i;

/** The file by which Yarn's Plug'n'Play runs from its cache. */
export const isPnp = (path: string): boolean => /(?:^|\/)\.pnp\.cjs$/.test(path);

/** Names of files that are manifests at the right place. */
const names: readonly (readonly [language: LanguageKind, name: RegExp])[] = [
  ['node', /(?:^|\/)package\.json$/],
  ['node', /\/cache\/[^/]+-npm-[^/]+\.zip$/],
  ['python', /\.dist-info\/(?:METADATA|PKG-INFO)$|\.egg-info(?:\/PKG-INFO)?$/i],
  ['ruby', /\.gemspec$/],
  ['java', archive],
  ['php', /(?:^|\/)installed\.json$/],
  ['dotnet', /\.deps\.json$/],
];

/**
 * Places at which the tool of a language lists what is there: npm and pnpm the packages of a `node_modules` and of
 * those inside it, but not what lies elsewhere in a package, such as its test data; pip those on a `site-packages`; gem
 * the `specifications`; composer its `vendor`. A cache of Yarn is its own place: `.pnp.cjs` runs from it.
 */
const places: Readonly<Record<LanguageKind, RegExp>> = {
  node: new RegExp(
    '^(?:(?!node_modules/)[^/]+/)*(?:' +
      'node_modules/(?:(?:\\.pnpm(?:/[^/]+)?|(?:@[^/]+/)?[^/@.][^/]*)/node_modules/)*' +
      '(?:@[^/]+/)?[^/@.][^/]*/package\\.json' +
      '|\\.yarn/(?:berry/)?cache/[^/]+\\.zip)$',
  ),
  python: /(?:^|\/)(?:site|dist)-packages\/[^/]+\.(?:dist-info\/(?:METADATA|PKG-INFO)|egg-info(?:\/PKG-INFO)?)$/i,
  ruby: /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/,
  java: /./,
  php: /(?:^|\/)vendor\/composer\/installed\.json$/,
  dotnet: /./,
};

/** The language of a manifest, if its tool looks at this path. */
export const languageAt = (path: string): LanguageKind | undefined =>
  names.find(([language, name]) => name.test(path) && places[language].test(path))?.[0];

const named = (path: string): LanguageKind | undefined => names.find(([, name]) => name.test(path))?.[0];

/** Content by which a manifest is known under any name: stores of pnpm name their files by a hash. */
const languageOfContent = (head: string): LanguageKind | undefined => {
  if (/^(?:\xef\xbb\xbf)?\s*\{/.test(head) && head.includes('"name"')) return 'node';
  return head.startsWith('Metadata-Version:') ? 'python' : undefined;
};

type Members = Readonly<Record<string, unknown>>;
const members = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});
const pairs = (items: readonly unknown[], pair: (item: Members) => readonly [unknown, unknown]): InstalledPackage[] =>
  items
    .map((item) => pair(members(item)))
    .filter((each): each is InstalledPackage => each.every((text) => typeof text === 'string' && text !== ''));

/** JSON as programs take it: with a byte order mark, and for .NET with comments and commas at the end. */
const parsed = (text: string, isLoose = false): Members => {
  const bare = text.replace(/^\ufeff/, '');
  const without = (pattern: RegExp, from: string): string => from.replace(pattern, (_, text_?: string) => text_ ?? '');
  const strict = isLoose
    ? without(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, without(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, bare))
    : bare;
  try {
    return members(JSON.parse(strict));
  } catch {
    return {};
  }
};

/** The version as npm takes it (node-semver, `clean`), or none. */
const cleanVersion = (version: unknown): string | undefined =>
  typeof version === 'string' ? /^[\s=v]*(\d+\.\d+\.\d+\S*)\s*$/.exec(version)?.[1] : undefined;

const headers = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') break;
    const [, name = '', value = ''] = /^([\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return found;
};

/** Libraries that the program loads at its start: those with files for its target. */
const ofDotnet = (document: Members): InstalledPackage[] => {
  const target = members(members(document['targets'])[String(members(document['runtimeTarget'])['name'])]);
  const isLoaded = (id: string): boolean =>
    Object.keys(target).length === 0 ||
    ['runtime', 'runtimeTargets', 'native'].some(
      (files) => Object.keys(members(members(target[id])[files])).length > 0,
    );
  return Object.entries(members(document['libraries'])).flatMap(([id, library]) => {
    const [name = '', version = ''] = id.split('/', 2);
    return /^package$/i.test(String(members(library)['type'])) && isLoaded(id) ? [[name, version] as const] : [];
  });
};

const readers: Readonly<Record<LanguageKind, (text: string, path: string) => readonly InstalledPackage[]>> = {
  node: (text, path) => {
    const [, version] = /-npm-(\d.*?)-[0-9a-f]{10}(?:-\w+)?\.zip$/.exec(path) ?? [];
    const inside = /node_modules\/((?:@[\w.~-]+\/)?[\w.~-]+)\//.exec(text)?.[1];
    // npm takes the name of the folder for one that is not given.
    const [, folder] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path) ?? [];
    return path.endsWith('.zip')
      ? pairs([{}], () => [inside, version])
      : pairs([parsed(text)], ({ name = folder, version: own }) => [name, cleanVersion(own) ?? own]);
  },
  python: (text) => pairs([headers(text)], () => [headers(text).get('name'), headers(text).get('version')]),
  ruby: (text) =>
    // A gemspec is a program: RubyGems takes its first lines, else runs it.
    pairs(
      [
        /^# stub: (\S+) (\S+)/m.exec(text),
        /Specification\.new\s*\(?\s*["']([^"']+)["']\s*,\s*["']([^"']+)["']/.exec(text),
        [
          '',
          /\.name\s*=\s*["']([^"']+)["']/.exec(text)?.[1],
          /\.version\s*=\s*(?:Gem::Version\.new\s*)?\(?\s*["']([^"']+)["']/.exec(text)?.[1],
        ],
      ].map((found) => ({ ...found })),
      ({ 1: name, 2: version }) => [name, version],
    ),
  java: () => [],
  php: (text) => {
    const document = parsed(text);
    const list = Array.isArray(document) ? document : document['packages'];
    return pairs(Array.isArray(list) ? (list as unknown[]) : [], ({ name, version }) => [name, version]);
  },
  dotnet: (text) => ofDotnet(parsed(text, true)),
};

/** Languages of which the beginning of a manifest is enough. */
const isShort: ReadonlySet<LanguageKind> = new Set(['python', 'ruby']);
const shortBytes = 256 * 1024;

/** Reads a manifest as it streams past. */
export class ManifestReader {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  private constructor(
    private readonly language: LanguageKind,
    private readonly path: string,
    private readonly most: number,
  ) {}

  /** Returns the reader of a file that may be a manifest, or that a link may make one. */
  static for(path: string, head: Buffer, size: number): ManifestReader | undefined {
    const language = named(path) ?? (size <= mostBytes / 4 ? languageOfContent(head.toString('latin1')) : undefined);
    if (language === undefined) return undefined;
    const isHead = language === 'java' || path.endsWith('.zip');
    return new ManifestReader(language, path, isHead ? 4096 : isShort.has(language) ? shortBytes : mostBytes);
  }

  write(chunk: Buffer): void {
    if (this.#length < this.most) this.#pieces.push(Buffer.from(chunk.subarray(0, this.most - this.#length)));
    this.#length += chunk.length;
  }

  end(): LanguageManifest {
    const { language, path } = this;
    if (this.#length > this.most && this.most === mostBytes) return { language, packages: [], unread: 'too-large' };
    const text = Buffer.concat(this.#pieces).toString('utf8');
    const packages = readers[language](text, path);
    // The host of .NET takes the first of two, and JSON the last.
    if (language === 'dotnet' && /"(libraries|targets)"\s*:[^]*"\1"\s*:/.test(text))
      return { language, packages, unread: 'a-field-twice' };
    const isNoVersion = language === 'node' && packages.some(([, version]) => cleanVersion(version) === undefined);
    return isNoVersion ? { language, packages: [], unread: 'no-version' } : { language, packages };
  }
}

/** True for a list of the files that dpkg or apk brought (dpkg(1), "FILES"; apk-tools, `src/database.c`). */
export const namesFiles = (path: string): boolean =>
  /^var\/lib\/dpkg\/(?:info\/[^/]+\.(?:list|md5sums)|status\.d\/[^/]+\.md5sums)$|(?:^|\/)apk\/db\/installed$/.test(
    path,
  );

/** Reads the manifests of languages in a list of files. */
export class OwnedReader {
  readonly owns: string[] = [];
  #folder = '';
  readonly #lines = new LineSplitter((line) => {
    if (line.startsWith('F:')) this.#folder = line.slice(2);
    const file = line.startsWith('R:')
      ? `${this.#folder}/${line.slice(2)}`
      : line.replace(/^(?:[0-9a-f]{32} [ *])?\/?/, '');
    if (languageAt(file) !== undefined) this.owns.push(file);
  });

  write(chunk: Buffer): void {
    this.#lines.write(chunk);
  }

  end(): readonly string[] {
    this.#lines.end();
    return this.owns;
  }
}

/** Folders in which a manifest lies under a name of its own, so that a link there hides it from the scanner. */
const folders: readonly (readonly [folder: RegExp, inside: string])[] = [
  [/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@.][^/]*$/, 'package.json'],
  [/\.dist-info$/i, 'METADATA'],
  [/\.egg-info$/i, 'PKG-INFO'],
  [/(?:^|\/)vendor$/, 'composer/installed.json'],
  [/(?:^|\/)vendor\/composer$/, 'installed.json'],
];

/** Paths at which manifests may be seen through a link of the image. */
const throughLink = (tree: Tree, link: string): string[] => {
  const inside = folders.flatMap(([folder, file]) => (folder.test(link) ? [`${link}/${file}`] : []));
  if (!/(?:^|\/)specifications(?:\/default)?$/.test(link)) return [link, ...inside];
  return [link, ...tree.childrenOf(tree.resolve(link).path).map((name) => `${link}/${name}`)];
};

const contentOf = ({ entry }: Found): LanguageManifest | undefined =>
  entry.is === 'file' ? entry.manifest : undefined;

/** The manifests of an image at the paths at which the tools of their languages look, without those of the system. */
export const manifestsIn = (tree: Tree, owned: ReadonlySet<string>): FoundManifest[] => {
  const candidates = new Set(
    tree.visible().flatMap(({ path, is }) => (is === 'symlink' ? throughLink(tree, path) : [path])),
  );
  const isOfPnp = tree.visible().some(({ path }) => isPnp(path));
  const seen = new Set<string>();
  return [...candidates].flatMap((path) => {
    const language = languageAt(path);
    if (language === undefined || (path.endsWith('.zip') && !isOfPnp)) return [];
    const { path: end, found } = tree.resolve(path);
    // A container has more there than its image.
    if (!found && /^(?:proc|dev|sys|run)\//.test(end))
      return [{ path, leadsTo: end, language, packages: [], unread: 'not-read' }];
    if (!found || found.entry.is === 'way' || owned.has(path) || owned.has(end)) return [];
    const as = (found.entry.is === 'file' && found.entry.as) || end;
    const content = contentOf(found);
    const key = `${language} ${as}`;
    if (seen.has(key)) return [];
    if (language === 'dotnet' && !tree.lookup(path.replace(/\.deps\.json$/, '.dll'))) return [];
    seen.add(key);
    const leadsTo = as === path ? {} : { leadsTo: as };
    // The scanner opens an archive by its name.
    const reason = language === 'java' && !archive.test(as) ? 'another-name' : content ? content.unread : 'not-read';
    return [{ path, ...leadsTo, language, packages: content?.packages ?? [], ...(reason ? { unread: reason } : {}) }];
  });
};
