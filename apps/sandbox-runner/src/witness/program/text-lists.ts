import type { UnreadCode } from '@assay/events';
import type { DatabaseKind, InstalledPackage, PackageList } from './answer.ts';
import { LineSplitter } from './lines.ts';
import { placeAt } from './places.ts';

/** More packages than any system has. */
const mostPackages = 100_000;
/** More stanzas without a status are an index of a mirror, and not a list of what is installed. */
const mostUnmarked = 5_000;

/** Reads a file of a package manager as it streams past. */
export interface ListReader {
  write(chunk: Buffer): void;
  /** Undefined if the file is no list. */
  end(): PackageList | undefined;
}

/** Reads the lines of a list. */
interface LineReader {
  /** False for a line at which the package manager fails. */
  line(line: string, isCut: boolean): boolean;
  end(): PackageList;
}

/** The states in which nothing of a package is on the disk (dpkg(1), "Package states"). */
const absent: ReadonlySet<string> = new Set(['not-installed', 'config-files']);

/** White space of C: others, such as U+00A0, are text to dpkg. It takes any around a colon, and at the end. */
const field = /^([^ \t\v\f\r:]+)[ \t\v\f\r]*:([^]*)$/;
const trimmed = (text: string): string => text.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, '');
const wanted: ReadonlySet<string> = new Set(['package', 'status', 'version', 'architecture']);

/**
 * Reads stanzas of dpkg or opkg (deb-control(5); dpkg, `lib/dpkg/parse.c`): the wanted state in the first word of the
 * status changes nothing on the disk, so only the third word counts.
 */
const stanzaReader = (kind: DatabaseKind): LineReader => {
  const installed = new Map<string, InstalledPackage>();
  const unmarked = new Map<string, InstalledPackage>();
  const stanza = new Map<string, string>();
  let unread: UnreadCode | undefined;
  const finish = (): void => {
    const name = stanza.get('package');
    if (name !== undefined) {
      const key = `${name} ${stanza.get('architecture') ?? ''}`;
      // dpkg takes names in any case, as those in small letters.
      const entry: InstalledPackage = [name.toLowerCase(), stanza.get('version') ?? ''];
      const status = stanza.get('status');
      if (status === undefined) unmarked.set(key, entry);
      else if (absent.has(status.split(/[ \t\v\f\r]+/)[2] ?? '')) installed.delete(key);
      else installed.set(key, entry);
    }
    stanza.clear();
  };
  return {
    line: (line, isCut) => {
      if (installed.size > mostPackages || unmarked.size > mostPackages) return true;
      if (line === '') {
        finish();
        return true;
      }
      if (/^[ \t\v\f\r]/.test(line)) {
        // dpkg refuses a line of white space, others take it for the end of a stanza.
        if (trimmed(line) !== '') return true;
        finish();
        unread ??= 'a-malformed-line';
        return false;
      }
      const [, name = '', value = ''] = field.exec(line) ?? [];
      const key = name.toLowerCase();
      // White space before the colon, longer than a line is kept.
      if (isCut && name === '') unread = 'a-long-name';
      else if (wanted.has(key)) {
        if (stanza.has(key) && stanza.get(key) !== trimmed(value)) unread = 'a-field-twice';
        stanza.set(key, trimmed(value));
      }
      return name !== '' || isCut;
    },
    end: () => {
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

/**
 * Reads the installed database of apk (apk-tools, `src/database.c`): lines of a letter and a colon, `P:` is a name and
 * `V:` a version, and a line of less than two bytes ends a package.
 */
const apkReader = (): LineReader => {
  const packages: InstalledPackage[] = [];
  let name: string | undefined;
  let version = '';
  let unread: UnreadCode | undefined;
  const finish = (): void => {
    if (name !== undefined) packages.push([name, version]);
    [name, version] = [undefined, ''];
  };
  return {
    line: (line) => {
      if (line.length < 2) finish();
      else if (line.startsWith('P:')) {
        if (name !== undefined) finish();
        name = trimmed(line.slice(2));
      } else if (line.startsWith('V:')) version = trimmed(line.slice(2));
      else if (line[1] !== ':') unread ??= 'a-malformed-line';
      if (packages.length > mostPackages) unread ??= 'too-many-packages';
      return line.length < 2 || line[1] === ':';
    },
    end: () => {
      finish();
      return { kind: 'apk', packages, ...(unread === undefined ? {} : { unread }) };
    },
  };
};

/**
 * Reads the manifest that distroless images of rpm systems have in the place of a database: columns with tabs, of
 * `rpm -qa --qf "%{NAME}\t%{VERSION}-%{RELEASE}\t…"`.
 */
const manifestReader = (): LineReader => {
  const packages: InstalledPackage[] = [];
  return {
    line: (line) => {
      const [name = '', version = ''] = line.split('\t');
      if (name && version && packages.length <= mostPackages) packages.push([name, version]);
      return true;
    },
    end: () => ({ kind: 'rpm', packages, ...(packages.length > mostPackages ? { unread: 'too-many-packages' } : {}) }),
  };
};

/** dpkg ends a line, and a stanza, at this mark of MS-DOS as well. */
const endOfFile = 0x1a;

/** Reads a list at a place of its package manager: all that it holds is read. */
const atPlace = (reader: LineReader): ListReader => {
  const lines = new LineSplitter(reader.line);
  let isEnded = false;
  return {
    write: (chunk) => {
      isEnded ||= chunk.includes(endOfFile);
      lines.write(chunk);
    },
    end: () => {
      lines.end();
      return { ...reader.end(), ...(isEnded ? { unread: 'a-control-character' } : {}) };
    },
  };
};

/**
 * Reads a file elsewhere that may be a list of dpkg or apk. It is one if its package manager would read it to its end:
 * a text that quotes a list is none.
 */
const elsewhere = (): ListReader => {
  let readers = [stanzaReader('dpkg'), apkReader()];
  const lines = new LineSplitter((line, isCut) => {
    readers = readers.filter((reader) => reader.line(line, isCut));
  });
  return {
    write: (chunk) => {
      if (readers.length > 0) lines.write(chunk);
    },
    end: () => {
      if (readers.length > 0) lines.end();
      return readers
        .map((reader) => reader.end())
        .find(({ packages, unmarked, unread }) => packages.length > 0 || unmarked || unread !== undefined);
    },
  };
};

/** The reader of a file that is a list by its place, or may be one by its first line; undefined for any other. */
export const readerFor = (path: string, head: Buffer): ListReader | undefined => {
  const { kind, path: place = '' } = placeAt(path) ?? {};
  if (kind === 'dpkg' || kind === 'opkg') return atPlace(stanzaReader(kind));
  if (kind === 'apk') return atPlace(apkReader());
  if (place.startsWith('var/lib/rpmmanifest/')) return atPlace(manifestReader());
  // A name may be longer than the head.
  return /^\n*(?:[^ \t\n\v\f\r:]+(?:[ \t\v\f\r]*:|$)|$)/.test(head.toString('latin1')) && !head.includes(0)
    ? elsewhere()
    : undefined;
};
