import type {
  DatabaseKind,
  FoundDatabase,
  WitnessAnswer,
  InstalledPackage,
  LayerSummary,
  PackageList,
  SystemStatement,
  Unread,
} from './answer.ts';
import { languageAt, manifestsIn } from './manifests.ts';
import { isBackup, isLog, isOnTheWay, logsOf, places, statementFiles, waysTo, type Place } from './places.ts';
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
  readonly unread: Unread[];
  readonly notes: Unread[];
  /** The lists that a package manager reads. */
  readonly read: Set<PackageList>;
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
  read.add(list);
  if (list.kind === 'rpm' && hasLog(tree, resolved.path)) unread.push({ path, reason: 'a-write-ahead-log' });
  if (list.unread !== undefined) unread.push({ path, reason: list.unread });
  else if (list.kind !== place.kind && !(place.kind === 'opkg' && list.kind === 'dpkg'))
    unread.push({ path, reason: 'a-list-of-another-kind' });
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
    unread.push({ path, reason: place.kind === 'portage' ? 'portage-is-not-read' : 'pacman-is-not-read' });
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
): Unread[] => {
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
 * Lists that no package manager reads at its own place, but a setting may name. Links of both kinds may lead to a
 * backup, which is no list at its own path. One that was not read is a note: no tool looks there.
 */
const othersIn = ({ tree, read, notes }: Reading): FoundDatabase[] => {
  const lists = new Map<string, PackageList>();
  for (const entry of tree.visible()) {
    const { path } = entry;
    const resolved: Resolved = entry.is === 'file' ? { path, found: { layer: 0, entry } } : tree.resolve(path);
    const list = listAt(resolved);
    const isOwn = entry.is !== 'symlink' || isBackup(resolved.path);
    if (list && isOwn && !read.has(list) && !isBackup(path) && !isLog(path)) lists.set(path, list);
  }
  return [...lists].flatMap(([path, { kind, packages, unread: reason }]) => {
    if (reason !== undefined) notes.push({ path, reason });
    else if (kind === 'rpm' && hasLog(tree, path)) notes.push({ path, reason: 'a-write-ahead-log' });
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

/** Entries that were not read, or are others for some runtime: a doubt only where a package manager may look. */
const doubted = (tree: Tree, layers: readonly LayerSummary[]): { unread: Unread[]; notes: Unread[] } => {
  const all = layers.flatMap(({ kept }) =>
    kept.flatMap(({ path, doubt }): Unread[] => (doubt === undefined ? [] : [{ path, reason: doubt }])),
  );
  const matters = ({ path }: Unread): boolean => isOnTheWay(path) || isOnTheWay(tree.resolve(path).path);
  return { unread: all.filter(matters), notes: all.filter((each) => !matters(each)) };
};

/** Manifests of languages that packages of the system brought, also where links lead. */
const ownedIn = (tree: Tree): ReadonlySet<string> =>
  new Set(
    tree
      .visible()
      .flatMap((entry) => (entry.is === 'file' ? [...(entry.owns ?? []), ...(entry.list?.owns ?? [])] : []))
      .flatMap((path) => [path, tree.resolve(path).path]),
  );

/** Names of the answer are texts; those of the layers are bytes. */
const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const withText = <Item extends { readonly path: string; readonly leadsTo?: string }>(items: readonly Item[]): Item[] =>
  items.map((item) => ({
    ...item,
    path: textOf(item.path),
    ...(item.leadsTo === undefined ? {} : { leadsTo: textOf(item.leadsTo) }),
  }));

/** Puts the layers together, the lowest first, and answers for the image. */
export const answerFor = (layers: readonly LayerSummary[]): WitnessAnswer => {
  const tree = new Tree(layers);
  const reading: Reading = { tree, databases: [], unread: [], notes: [], read: new Set() };
  // Disagreement of runtimes about `lib` matters only if some layer has a list that belongs below it.
  const kinds = new Set(
    layers.flatMap(({ kept }) => kept.flatMap((entry) => (entry.is === 'file' && entry.list ? [entry.list.kind] : []))),
  );
  for (const place of places) {
    tree.unclear.clear();
    readPlace(reading, place);
    if (kinds.has(place.kind))
      reading.unread.push(...[...tree.unclear].map((path): Unread => ({ path, reason: 'runtimes-disagree' })));
  }
  for (const path of statementFiles) {
    const { found: at } = tree.resolve(path);
    if (at && !(at.entry.is === 'file' && at.entry.statement)) reading.unread.push({ path, reason: 'not-a-statement' });
  }
  reading.unread.push(...throughLinks(reading, layers, kinds));
  const others = othersIn(reading);
  const entries = doubted(tree, layers);
  const manifests = manifestsIn(tree, ownedIn(tree));
  const counts = new Map<string, number>();
  for (const { path, is } of tree.visible()) {
    const language = is === 'file' ? languageAt(path) : undefined;
    if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const whole = layers.flatMap(({ unread }, nth) => (unread ? [{ path: `layer ${nth + 1}`, reason: unread }] : []));
  return {
    databases: withText(reading.databases),
    others: withText(others),
    systems: [...choicesIn(layers), ...statementsIn(reading)].map((each) => ({ ...each, source: textOf(each.source) })),
    languages: [...counts].map(([language, count]) => ({ language, manifests: count })),
    manifests: withText(manifests),
    unread: withText([...whole, ...reading.unread, ...entries.unread]),
    notes: withText([...reading.notes, ...entries.notes]),
    entries: layers.reduce((sum, { entries: own }) => sum + own, 0),
  };
};
