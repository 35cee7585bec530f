import type { Inventory, SystemPackages } from '@assay/events';

/**
 * Packages that install packages. Without any, no update can be applied, and the cloud service of 2020 did not assess
 * such images.
 */
const packageManagers: ReadonlySet<string> = new Set([
  'apk-tools',
  'apt',
  'dnf',
  'dnf5',
  'dpkg',
  'microdnf',
  'pacman',
  'rpm',
  'tdnf',
  'yum',
  'zypper',
]);
const shells: ReadonlySet<string> = new Set([
  'ash',
  'bash',
  'busybox',
  'busybox-binsh',
  'dash',
  'ksh',
  'mksh',
  'toybox',
  'zsh',
]);

/**
 * Names of the system packages, unique and sorted. Language packages are left out even if the names match: there are
 * npm packages named apt and bash.
 * @param family of the operating system, as written by the scanner, which uses the same word as type of the system
 * packages
 */
export const systemNames = (
  packages: readonly { readonly name: string; readonly type: string }[],
  family: string | undefined,
): readonly string[] =>
  [
    ...new Set(
      packages
        .filter(({ type }) => family !== undefined && type.toLowerCase() === family.toLowerCase())
        .map(({ name }) => name),
    ),
  ].toSorted();

/** The package managers among the names of packages. */
export const packageManagersIn = (names: readonly string[]): string[] =>
  names.filter((name) => packageManagers.has(name));

/** The shells among the names of packages. */
export const shellsIn = (names: readonly string[]): string[] => names.filter((name) => shells.has(name));

/** Derives the facts about the system from the names of its packages. */
export const systemPackages = (names: readonly string[]): SystemPackages => ({
  count: names.length,
  packageManager: packageManagersIn(names).length > 0,
  shell: shellsIn(names).length > 0,
});

/** The facts about the system by an inventory: only packages that a database vouches for are system packages. */
export const systemPackagesIn = (inventory: Inventory): SystemPackages => ({
  count: inventory.systemPackages,
  packageManager: inventory.packageManagers.length > 0,
  shell: inventory.shells.length > 0,
});
