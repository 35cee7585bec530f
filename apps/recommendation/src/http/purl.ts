import type { OperatingSystem, Package } from '@assay/events';

/** Encoded as in a package URL, where a colon stands for itself. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');

/** The source package, where it is another one or of another version than the package. */
const upstreamOf = ({ name, version, sourcePackage, sourceVersion }: Package): string | undefined => {
  if (sourcePackage === undefined || sourceVersion === undefined) return undefined;
  if (sourceVersion !== version) return `${sourcePackage}@${sourceVersion}`;
  return sourcePackage === name ? undefined : sourcePackage;
};

/**
 * The package URL of a package for whoever takes it elsewhere. Advisories of a system speak of source packages, so
 * scanners look for one under `upstream`, and for its release under `distro`, as `<name>-<version>`; Trivy writes the
 * first never and the second of Alpine without its name. Where the source's version is not known, it stays as the
 * scanner wrote it.
 */
export const handedOnPurl = (item: Package, os: OperatingSystem | undefined): string => {
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
  // By name, as the specification has it.
  const written = [...qualifiers]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  return `${head}${written === '' ? '' : `?${written}`}${tail}`;
};
