/**
 * The systems that Assay assesses: the values of `os.family` whose packages and advisories at least one scanner knows.
 * A scanner's folder writes its own names of systems in these words. An image of any other system is not healthy just
 * because it has no findings.
 */
export const families = [
  'alma',
  'alpine',
  'amazon',
  'azurelinux',
  'bottlerocket',
  'cbl-mariner',
  'centos',
  'chainguard',
  'debian',
  'echo',
  'fedora',
  'minimos',
  'openEuler',
  'opensuse',
  'opensuse-leap',
  'opensuse-tumbleweed',
  'opensuse.leap',
  'opensuse.tumbleweed',
  'oracle',
  'photon',
  'redhat',
  'rocky',
  'slem',
  'sles',
  'suse linux enterprise micro',
  'suse linux enterprise server',
  'ubuntu',
  'wolfi',
] as const;
export type Family = (typeof families)[number];
