import type { DatabaseKind, InstalledPackage, PackageList } from './answer.ts';
import { LineSplitter } from './lines.ts';

/** More packages than any system has. */
const mostPackages = 100_000;
/** More stanzas without a status are an index of a mirror, and not a list of what is installed. */
const mostUnmarked = 5_000;

/** Reads a file of a package manager as it streams past. */
export interface ListReader {
  write(chunk: Buffer): void;
  end(): PackageList;
}

/** The states in which nothing of a package is on the disk (dpkg(1), "Package states"). */
const absent: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

/** dpkg takes any white space around the colon, and at the end. */
const field = /^([A-Za-z][A-Za-z0-9-]*)\s*:([^]*)$/;
/** dpkg ends a line, and a stanza, at this mark of MS-DOS as well. */
const endOfFile = 0x1a;
const wanted: ReadonlySet<string> = new Set(['package', 'status', 'version', 'architecture']);

/**
 * Reads stanzas of dpkg or opkg (deb-control(5)): the wanted state in the first word of the status changes nothing on
 * the disk, so only the third word counts.
 */
export const stanzaReader = (kind: DatabaseKind): ListReader => {
  const installed = new Map<string, InstalledPackage>();
  const unmarked = new Map<string, InstalledPackage>();
  const stanza = new Map<string, string>();
  let unread: string | undefined;
  const finish = (): void => {
    const name = stanza.get('package');
    if (name !== undefined) {
      const key = `${name} ${stanza.get('architecture') ?? ''}`;
      // dpkg takes names in any case, as those in small letters.
      const entry: InstalledPackage = [name.toLowerCase(), stanza.get('version') ?? ''];
      const status = stanza.get('status');
      if (status === undefined) unmarked.set(key, entry);
      else if (absent.has(status.split(/\s+/)[2] ?? '')) installed.delete(key);
      else installed.set(key, entry);
    }
    stanza.clear();
  };
  const lines = new LineSplitter((line, isCut) => {
    if (line.trim() === '') return finish();
    const [, name = '', value = ''] = field.exec(line) ?? [];
    // White space before the colon, longer than a line is kept.
    if (isCut && !line.includes(':') && /^\S/.test(line)) unread = 'a-long-name';
    const key = name.toLowerCase();
    if (!wanted.has(key)) return;
    if (stanza.has(key) && stanza.get(key) !== value.trim()) unread = 'a-field-twice';
    stanza.set(key, value.trim());
  });
  return {
    write: (chunk) => {
      if (chunk.includes(endOfFile)) unread = 'a-control-character';
      if (installed.size <= mostPackages && unmarked.size <= mostPackages) lines.write(chunk);
    },
    end: () => {
      lines.end();
      finish();
      if (installed.size > mostPackages) unread = 'too-many-packages';
      const others = unmarked.size > mostUnmarked ? [] : [...unmarked.values()];
      if (unmarked.size > mostUnmarked) unread ??= 'an-index-of-packages';
      return {
        kind,
        packages: [...installed.values()],
        ...(others.length > 0 ? { unmarked: others } : {}),
        ...(unread === undefined ? {} : { unread }),
      };
    },
  };
};

/** Reads the installed database of apk (apk-tools, `src/database.c`): `P:` is a name, `V:` a version. */
export const apkReader = (): ListReader => {
  const packages: InstalledPackage[] = [];
  let name: string | undefined;
  let version = '';
  const finish = (): void => {
    if (name !== undefined) packages.push([name, version]);
    [name, version] = [undefined, ''];
  };
  const lines = new LineSplitter((line) => {
    if (line.trim() === '') finish();
    else if (line.startsWith('P:')) {
      if (name !== undefined) finish();
      name = line.slice(2).trim();
    } else if (line.startsWith('V:')) version = line.slice(2).trim();
  });
  return {
    write: (chunk) => {
      if (packages.length <= mostPackages) lines.write(chunk);
    },
    end: () => {
      lines.end();
      finish();
      return { kind: 'apk', packages, ...(packages.length > mostPackages ? { unread: 'too-many-packages' } : {}) };
    },
  };
};

/**
 * Reads the manifest that distroless images of rpm systems have in the place of a database: columns with tabs, of
 * `rpm -qa --qf "%{NAME}\t%{VERSION}-%{RELEASE}\t…"`.
 */
export const manifestReader = (): ListReader => {
  const packages: InstalledPackage[] = [];
  const lines = new LineSplitter((line) => {
    const [name = '', version = ''] = line.split('\t');
    if (name && version) packages.push([name, version]);
  });
  return {
    write: (chunk) => {
      if (packages.length <= mostPackages) lines.write(chunk);
    },
    end: () => {
      lines.end();
      return { kind: 'rpm', packages, ...(packages.length > mostPackages ? { unread: 'too-many-packages' } : {}) };
    },
  };
};
