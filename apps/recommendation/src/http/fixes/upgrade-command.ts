/** Package managers by the type of their packages, as Trivy names it: the family of a system, or a kind of language. */
const commands: readonly (readonly [types: readonly string[], command: (names: string, fixed: string) => string])[] = [
  [['debian', 'ubuntu'], (names) => `apt-get update && apt-get install --only-upgrade -y ${names}`],
  [['alpine', 'wolfi', 'chainguard', 'minimos'], (names) => `apk upgrade --no-cache ${names}`],
  [['amazon'], (names) => `yum update -y ${names}`],
  [['redhat', 'centos', 'rocky', 'alma', 'oracle', 'fedora'], (names) => `dnf upgrade -y ${names}`],
  [['photon', 'azurelinux', 'cbl-mariner'], (names) => `tdnf update -y ${names}`],
  [['npm', 'node-pkg'], (names, fixed) => `npm install ${names}@${fixed}`],
  [['pip', 'python-pkg'], (names, fixed) => `pip install --upgrade ${names}==${fixed}`],
];

/** Names and versions are written by the maker of an image. A shell takes these characters as they are. */
const isHarmless = (text: string): boolean => /^[A-Za-z0-9@][A-Za-z0-9@+._:~/-]*$/.test(text);

/**
 * The line that upgrades a package in an image.
 *
 * @param packages the names of the binary packages that are installed
 * @param fixed the version that closes the findings; a system has only the newest of its release
 * @returns undefined if no line is known for this type of package, or a name is not safe to paste into a shell
 */
export const upgradeCommand = (type: string, packages: readonly string[], fixed: string): string | undefined =>
  packages.length > 0 && [...packages, fixed].every(isHarmless)
    ? commands.find(([types]) => types.includes(type))?.[1](packages.join(' '), fixed)
    : undefined;
