/** From here on the database is opened for reading only, so that all scans can share one. */
const readsOnlySince = [0, 68] as const;

const numbersOf = (version: string): [number, number] | undefined => {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
};

/** Whether each scan needs a copy. A version that we cannot read gets one: that works with all. */
export const writesToItsDatabase = (version: string): boolean => {
  const [major, minor] = numbersOf(version) ?? [0, 0];
  return major < readsOnlySince[0] || (major === readsOnlySince[0] && minor < readsOnlySince[1]);
};

/** The version in what `trivy --version` prints; nothing where it is something else that answered. */
export const versionIn = (output: string): string | undefined =>
  /^Version: v?(\d+\.\d+\.\d+[\w.+-]*)$/m.exec(output)?.[1];
