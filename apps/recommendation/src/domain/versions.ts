/** Order of characters that are no digits: a tilde before the end of the text, letters before all others. */
const weightOf = (char: string | undefined): number => {
  if (char === '~') return -1;
  if (char === undefined || /\d/.test(char)) return 0;
  const code = char.charCodeAt(0);
  return /[a-z]/i.test(char) ? code : code + 256;
};

const digitsAt = (text: string, at: number): string => /^\d*/.exec(text.slice(at))?.[0] ?? '';

/** Compares digits by their value, other characters by their weight (deb-version(7), "Sorting algorithm"). */
const compareParts = (a: string, b: string): number => {
  for (let [i, j] = [0, 0]; i < a.length || j < b.length;) {
    while ((i < a.length && !/\d/.test(a[i] ?? '')) || (j < b.length && !/\d/.test(b[j] ?? ''))) {
      const order = weightOf(a[i]) - weightOf(b[j]);
      if (order !== 0) return order;
      i += 1;
      j += 1;
    }
    const [left, right] = [digitsAt(a, i), digitsAt(b, j)];
    const [one, other] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
    const order = one.length - other.length || Number(one > other) - Number(one < other);
    if (order !== 0) return order;
    i += left.length;
    j += right.length;
  }
  return 0;
};

interface Version {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

const debianVersion = (text: string): Version => {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text) ?? [];
  const at = rest.lastIndexOf('-');
  return at < 0
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, at), revision: rest.slice(at + 1) };
};

const compareDebian = (a: string, b: string): number => {
  const [left, right] = [debianVersion(a), debianVersion(b)];
  return (
    compareParts(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
};

/** Part of a version behind a dash that makes it older than the version without it, as in `2.0.0-rc.1`. */
const early = /-(?=(?:alpha|beta|rc|pre|dev|snapshot|m\d|next|canary)\b)/i;
const plain = (version: string): string =>
  version
    .trim()
    .replace(/^v(?=\d)/i, '')
    .replace(early, '~')
    .replace(/\+[\w.-]+$/, '');

/**
 * Compares two versions of a package: negative if the first is older. Packages of systems compare as dpkg compares
 * them, which rpm and apk do alike up to rare signs; packages of languages by their numbers, with early versions before
 * their release.
 *
 * Source: deb-version(7).
 */
export const compareVersions = (a: string, b: string, isOfSystem: boolean): number =>
  isOfSystem ? compareDebian(a, b) : compareParts(plain(a), plain(b));

/** The versions in a text such as `1.2.6, 2.0.3`: a fix for each line of releases. */
export const versionsIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map((version) => version.trim())
    .filter((version) => version !== '');

/** Equal versions may be written differently; then their texts decide. */
const isHigher = (version: string, best: string, isOfSystem: boolean): boolean => {
  const order = compareVersions(version, best, isOfSystem);
  return order === 0 ? version > best : order > 0;
};

/** The highest version in some texts; undefined if there is none. */
export const highestVersion = (texts: Iterable<string>, isOfSystem: boolean): string | undefined =>
  [...texts]
    .flatMap(versionsIn)
    .reduce<string | undefined>(
      (best, version) => (best === undefined || isHigher(version, best, isOfSystem) ? version : best),
      undefined,
    );
