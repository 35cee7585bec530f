import type { SystemPackages } from '@assay/events';

/**
 * A package that installs packages: without one nobody can apply an update, and the cloud service of 2020 did not
 * assess such images.
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
 * The names, each once and sorted, of the packages that belong to the system. A package of a language says nothing of
 * the system, whatever it is called: there are npm packages with the names of apt and bash.
 *
 * @param family of the operating system, as the scanner writes it; it calls the packages of the system by the same word
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

/** What the names of a system's packages tell of it. */
export const systemPackages = (names: readonly string[]): SystemPackages => ({
  count: names.length,
  packageManager: names.some((name) => packageManagers.has(name)),
  shell: names.some((name) => shells.has(name)),
});
