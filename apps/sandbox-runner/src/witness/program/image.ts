import type {
  DatabaseKind,
  FoundDatabase,
  WitnessAnswer,
  InstalledPackage,
  LayerSummary,
  PackageList,
  SystemStatement,
} from './answer.ts';
import { isBackup, isLog, logsOf, placeAt, places, statementFiles, waysTo, type Place, strayKindOf } from './places.ts';
import { isChooser, noContentSets } from './statements.ts';
import { Tree, type Resolved } from './tree.ts';

const rpmSystems = [
  'almalinux',
  'azurelinux',
  'centos',
  'centos-stream',
  'fedora',
  'mariner',
  'openEuler',
  'openSUSE',
  'oraclelinux',
  'photon',
  'redhat',
  'rocky',
  'sles',
  'system',
] as const;

/** Packages whose name or version names the system that they belong to. */
const releasePackages: readonly (readonly [pattern: RegExp, statement: (name: string, version: string) => string])[] = [
  [/^base-files$/, (_name, version) => (version.includes('ubuntu') ? 'ubuntu' : 'debian')],
  [/^(?:alpine|wolfi|chainguard|minimos)-(?:release|baselayout|base)$/, (name) => name.split('-')[0] ?? ''],
  [new RegExp(`^(?:${rpmSystems.join('|')})-release$`), (name) => name.slice(0, -'-release'.length)],
];

interface Reading {
  readonly tree: Tree;
  readonly databases: FoundDatabase[];
  readonly unread: { path: string; reason: string }[];
  /** Paths of the lists that a package manager reads. */
  readonly read: Set<string>;
}

const listAt = ({ found }: Resolved): PackageList | undefined =>
  found?.entry.is === 'file' ? found.entry.list : undefined;

/**
 * True if a log lies beside a database, and it is not sure that it is empty. SQLite looks for it where the links to the
 * database lead.
 */
const hasLog = (tree: Tree, database: string): boolean =>
  logsOf(database).some((log) => {
    const { path, found: at } = tree.resolve(log);
    if (!at) return false;
    const isEmpty = at.entry.is === 'ordinary' || (at.entry.is === 'file' && at.entry.list?.unread === undefined);
    return !isEmpty || path !== log || !isLog(log);
  });

/** Reads one file at which a package manager looks. */
const fileAt = (
  { tree, unread, read }: Reading,
  place: Place,
  path: string,
): readonly InstalledPackage[] | undefined => {
  const resolved = tree.resolve(path);
  if (!resolved.found) {
    // A link that leads to nothing; a missing file is no database.
    if (tree.lookup(path)) unread.push({ path, reason: 'a-link-to-nothing' });
    return undefined;
  }
  const list = listAt(resolved);
  if (!list) {
    unread.push({ path, reason: resolved.found.entry.is === 'way' ? 'a-folder' : 'not-a-list' });
    return undefined;
  }
  read.add(resolved.path);
  if (list.kind === 'rpm' && hasLog(tree, resolved.path)) unread.push({ path, reason: 'a-write-ahead-log' });
  if (list.unread !== undefined) unread.push({ path, reason: list.unread });
  else if (list.kind !== place.kind && !(place.kind === 'opkg' && list.kind === 'dpkg'))
    unread.push({ path, reason: `a-list-of-${list.kind}` });
  return [...list.packages, ...(list.unmarked ?? [])];
};

const found = (place: Place, path: string, leadsTo: string, packages?: readonly InstalledPackage[]): FoundDatabase => ({
  kind: place.kind,
  path,
  ...(leadsTo === path ? {} : { leadsTo }),
  ...(packages ? { packages } : {}),
});

const readPlace = (reading: Reading, place: Place): void => {
  const { tree, databases, unread } = reading;
  const { path } = place;
  if (place.is === 'file') {
    const packages = fileAt(reading, place, path);
    const { path: leadsTo } = tree.resolve(path);
    // Two places may be one file: `lib` is a link to `usr/lib` in many images.
    if (packages && !databases.some((other) => other.kind === place.kind && (other.leadsTo ?? other.path) === leadsTo))
      databases.push(found(place, path, leadsTo, packages));
    return;
  }
  const folder = tree.resolve(path);
  if (!folder.found) {
    if (tree.lookup(path)) unread.push({ path, reason: 'a-link-to-nothing' });
    return;
  }
  if (folder.found.entry.is !== 'way') {
    unread.push({ path, reason: 'not-a-folder' });
    return;
  }
  // Files elsewhere are kept only if they look like lists; here dpkg reads all of them.
  if (place.is === 'journal' && folder.path !== path) unread.push({ path, reason: 'a-link' });
  const names = tree.childrenOf(folder.path).filter((name) => !name.endsWith('.md5sums'));
  if (names.length === 0) return;
  if (place.is === 'presence') {
    databases.push(found(place, path, folder.path));
    unread.push({ path, reason: `${place.kind}-is-not-read` });
    return;
  }
  const lists = names.map((name) => fileAt(reading, place, `${folder.path}/${name}`) ?? []);
  // The names of the journal are numbers. What it removes again is not known here, so it only adds.
  databases.push(found(place, path, folder.path, lists.flat()));
};

/**
 * Folders without an entry of their own over a link that leads to a package database: some runtimes write the files of
 * the layer through the link, others make a folder in its place.
 */
const throughLinks = (
  { tree }: Reading,
  layers: readonly LayerSummary[],
  kinds: ReadonlySet<DatabaseKind>,
): Reading['unread'] => {
  const matters = new Set(['', ...waysTo(places.filter(({ kind }) => kinds.has(kind)))]);
  return layers.flatMap(({ unnamed = [] }, nth) =>
    unnamed.flatMap((path) =>
      tree.lookup(path, nth)?.entry.is === 'symlink' && matters.has(tree.resolve(path, nth).path)
        ? [{ path, reason: 'runtimes-disagree' }]
        : [],
    ),
  );
};

/**
 * Databases that are not read. An index of a mirror is no database of installed packages, and BerkeleyDB is the format
 * of many files.
 */
const isUnreadDatabase = (path: string, { kind, unread }: PackageList): boolean => {
  if (unread === 'berkeley-db') return /(?:^|\/)Packages$/.test(path);
  // A database of SQLite with other columns is none of rpm.
  const isOfRpm = kind === 'rpm' && unread !== 'malformed-database';
  return strayKindOf(path) !== undefined || isOfRpm || unread === 'a-list-that-begins-late';
};

/**
 * Lists that no package manager reads at its own place. Hard links keep a content that is hidden at its own path, and
 * links of both kinds may lead to a backup, which is no list at its own path.
 */
const othersIn = ({ tree, read, unread }: Reading): FoundDatabase[] => {
  const others = new Map<string, PackageList>();
  for (const { entry } of tree.visible())
    if (entry.list && !read.has(entry.path) && !isBackup(entry.path)) others.set(entry.path, entry.list);
  // A path may have another content by now than the one that a hard link keeps.
  const known = new Set([...others.values(), ...[...read].map((path) => listAt(tree.resolve(path)))]);
  for (const path of tree.links()) {
    const list = listAt(tree.resolve(path));
    if (list && !known.has(list) && !placeAt(path) && !isBackup(path)) others.set(path, list);
  }
  return [...others].flatMap(([path, list]) => {
    const { kind, packages, unread: reason } = list;
    if (reason !== undefined && isUnreadDatabase(path, list)) unread.push({ path, reason });
    else if (kind === 'rpm' && hasLog(tree, path)) unread.push({ path, reason: 'a-write-ahead-log' });
    return packages.length === 0 ? [] : [{ kind, path, packages }];
  });
};

/** Statements by which a scanner chooses advisories. It reads them in each layer, also where a later one hides them. */
const choicesIn = (layers: readonly LayerSummary[]): SystemStatement[] =>
  layers.flatMap(({ kept }) => {
    const chosen = kept.flatMap((entry) =>
      entry.is === 'file' && entry.statement && isChooser(entry.path)
        ? [{ source: entry.path, ...entry.statement }]
        : [],
    );
    const hasSets = chosen.some(({ system, version }) => system === 'redhat' && version !== noContentSets);
    return hasSets ? chosen.filter(({ version }) => version !== noContentSets) : chosen;
  });

/** Versions of a vendor that patches packages of others: Trivy then asks its advisories for the whole image. */
const isOfRootIo = (version: string): boolean => /\.root\.io|-r\d007\d/.test(version);

const statementsIn = ({ tree, databases }: Reading): SystemStatement[] => {
  const files = [...statementFiles].flatMap((source) => {
    const { found: at } = tree.resolve(source);
    return at?.entry.is === 'file' && at.entry.statement ? [{ source, ...at.entry.statement }] : [];
  });
  const packages = databases.flatMap(({ packages: listed = [] }) =>
    listed.flatMap(([name, version]) =>
      isOfRootIo(version)
        ? [{ source: name, system: 'root.io', version }]
        : releasePackages.flatMap(([pattern, system]) =>
            pattern.test(name) ? [{ source: name, system: system(name, version), version }] : [],
          ),
    ),
  );
  return [...files, ...packages];
};

/** Puts the layers together, the lowest first, and answers for the image. */
export const answerFor = (layers: readonly LayerSummary[]): WitnessAnswer => {
  const tree = new Tree(layers);
  const reading: Reading = { tree, databases: [], unread: [], read: new Set() };
  // Disagreement of runtimes about `lib` matters only if some layer has a list that belongs below it.
  const kinds = new Set(
    layers.flatMap(({ kept }) => kept.flatMap((entry) => (entry.is === 'file' && entry.list ? [entry.list.kind] : []))),
  );
  for (const place of places) {
    tree.unclear.clear();
    readPlace(reading, place);
    if (kinds.has(place.kind))
      reading.unread.push(...[...tree.unclear].map((path) => ({ path, reason: 'runtimes-disagree' })));
  }
  for (const path of statementFiles) {
    const { found: at } = tree.resolve(path);
    if (at && !(at.entry.is === 'file' && at.entry.statement)) reading.unread.push({ path, reason: 'not-a-statement' });
  }
  reading.unread.push(...throughLinks(reading, layers, kinds));
  const others = othersIn(reading);
  const manifests = new Map<string, number>();
  for (const { entry } of tree.visible())
    if (entry.language !== undefined) manifests.set(entry.language, (manifests.get(entry.language) ?? 0) + 1);
  return {
    databases: reading.databases,
    others,
    systems: [...choicesIn(layers), ...statementsIn(reading)],
    languages: [...manifests].map(([language, count]) => ({ language, manifests: count })),
    unread: [
      ...layers.flatMap(({ unread }, nth) =>
        unread === undefined ? [] : [{ path: `layer ${nth + 1}`, reason: unread }],
      ),
      ...reading.unread,
    ],
    entries: layers.reduce((sum, { entries }) => sum + entries, 0),
  };
};
