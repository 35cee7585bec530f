/** Since this version the database is opened for reading only, so that all scans can share it. */
const readsOnlySince = [0, 68] as const;

const numbersOf = (version: string): [number, number] | undefined => {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
};

/** True if each scan needs a copy. An unreadable version gets one: that works with all versions. */
export const writesToItsDatabase = (version: string): boolean => {
  const [major, minor] = numbersOf(version) ?? [0, 0];
  return major < readsOnlySince[0] || (major === readsOnlySince[0] && minor < readsOnlySince[1]);
};

/**
 * Returns in one line that this Trivy is too old for a real database, which all older ones copy for each scan, and the
 * steps to take; undefined if it is not.
 *
 * @param found the source as in `FoundTrivy`: a program of the operator comes before that of `assay scanner install`
 */
export const outdatedTrivy = ({
  version,
  source,
  path,
}: {
  readonly version: string;
  readonly source?: string;
  readonly path?: string;
}): string | undefined => {
  if (!writesToItsDatabase(version)) return undefined;
  const step =
    source === 'ASSAY_TRIVY'
      ? 'let ASSAY_TRIVY name a newer one, or unset it and run `assay scanner install`'
      : source === 'PATH'
        ? `replace ${path ?? 'that on PATH'}, or remove it and run \`assay scanner install\``
        : 'run `assay scanner install`';
  const since = readsOnlySince.join('.');
  return `Trivy ${version} is older than ${since}, and copies a real database for each scan: ${step}`;
};

/** Returns the version that `trivy --version` printed; undefined if another program answered. */
export const versionIn = (output: string): string | undefined =>
  /^Version: v?(\d+\.\d+\.\d+[\w.+-]*)$/m.exec(output)?.[1];
