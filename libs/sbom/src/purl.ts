import type { OperatingSystem, Package } from '@assay/events';

/** Encodes for a package URL, which leaves colons as they are. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');

/** The source package, if its name or version differs from the package's. */
const upstreamOf = ({ name, version, sourcePackage, sourceVersion }: Package): string | undefined => {
  if (sourcePackage === undefined || sourceVersion === undefined) return undefined;
  if (sourceVersion !== version) return `${sourcePackage}@${sourceVersion}`;
  return sourcePackage === name ? undefined : sourcePackage;
};

/**
 * The package URL for export. Advisories of a system are about source packages, so scanners look for these in
 * `upstream`, and for the release in `distro`, as `<name>-<version>`. Trivy never writes the first, and omits the name
 * for Alpine in the second. If the version of the source is unknown, the URL stays as the scanner wrote it.
 */
export const handedOnPurl = (item: Package, os: Pick<OperatingSystem, 'family' | 'version'> | undefined): string => {
  const [, head, query = '', tail = ''] = /^(pkg:(?:deb|rpm|apk)\/[^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(item.purl) ?? [];
  if (head === undefined || item.sourceVersion === undefined) return item.purl;
  const qualifiers = new Map(
    query
      .split('&')
      .filter(Boolean)
      .map((each) => each.split('=', 2) as [string, string]),
  );
  const upstream = upstreamOf(item);
  if (upstream !== undefined) qualifiers.set('upstream', encoded(upstream));
  if (os && head.startsWith('pkg:apk/')) qualifiers.set('distro', encoded(`${os.family}-${os.version}`));
  // Sorted by name, as the specification requires.
  const written = [...qualifiers]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  return `${head}${written === '' ? '' : `?${written}`}${tail}`;
};
