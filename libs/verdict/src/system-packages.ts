import type { Inventory, SystemPackages } from '@assay/events';

/**
 * Version of the two lists below, and of what the witness reads. A change that may give an image another status raises
 * it, and ingestion announces it: every image whose packages were held against older lists is scanned again. 2: the
 * witness reads archives as Go does, and names manifests of languages.
 */
export const packageListsVersion = 2;

/**
 * Packages that install packages. Without any, no update can be applied, and the cloud service of 2020 did not assess
 * such images.
 */
export const packageManagers: ReadonlySet<string> = new Set([
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
export const shells: ReadonlySet<string> = new Set([
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
