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

/** Returns the version that `trivy --version` printed; undefined if another program answered. */
export const versionIn = (output: string): string | undefined =>
  /^Version: v?(\d+\.\d+\.\d+[\w.+-]*)$/m.exec(output)?.[1];
