import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { program } from './programs.ts';

export interface PodOptions {
  /** OCI seccomp profile; undefined for none. */
  readonly seccomp: object | undefined;
  /** A separate user namespace: `hostUsers: false`. */
  readonly ownUsers: boolean;
  /** Folders of this machine, keyed by their read-only paths inside. */
  readonly folders: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The masked paths of containerd and CRI-O. */
const masked = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
];
const readOnly = ['/proc/asound', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const user = 10_001;
const mapping = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
const noCapabilities = Object.fromEntries(
  ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'].map((set) => [set, []]),
);

const specOf = ({ seccomp, ownUsers, folders, args, env = {} }: PodOptions, rootfs: string): object => ({
  ociVersion: '1.0.2',
  hostname: 'pod',
  root: { path: rootfs, readonly: true },
  process: {
    terminal: false,
    user: { uid: user, gid: user },
    args,
    cwd: '/',
    noNewPrivileges: true,
    capabilities: noCapabilities,
    env: Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin', ...env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    ...['/tmp', '/var/lib/assay'].map((destination) => ({
      destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev'],
    })),
    ...Object.entries({ '/usr': '/usr', '/etc': '/etc', ...folders }).map(([destination, source]) => ({
      destination,
      type: 'bind',
      source,
      options: ['rbind', 'ro'],
    })),
  ],
  linux: {
    namespaces: ['pid', 'ipc', 'uts', 'mount', 'network', ...(ownUsers ? ['user'] : [])].map((type) => ({ type })),
    ...(ownUsers ? { uidMappings: mapping, gidMappings: mapping } : {}),
    ...(seccomp ? { seccomp } : {}),
    maskedPaths: masked,
    readonlyPaths: readOnly,
  },
});

/**
 * Runs a program as in a pod of namespace level `restricted`. It uses runc, as Kubernetes and Docker do, without either
 * of them. The file system is this machine's, read-only. Needs root.
 * @returns its output and its exit status
 */
export const inPod = (options: PodOptions): { status: number | null; stdout: string; stderr: string } => {
  const bundle = mkdtempSync(join(tmpdir(), 'assay-pod-'));
  try {
    const rootfs = join(bundle, 'rootfs');
    for (const folder of ['usr', 'etc', 'proc', 'dev', 'tmp', 'mnt', 'var/lib/assay', ...Object.keys(options.folders)])
      mkdirSync(join(rootfs, folder), { recursive: true });
    for (const folder of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(rootfs, folder));
    // The users of the pod differ from ours and need access.
    for (const folder of [bundle, rootfs]) chmodSync(folder, 0o755);
    // A tmpfs takes over the mode of the folder that it covers.
    for (const folder of ['tmp', 'var/lib/assay']) chmodSync(join(rootfs, folder), 0o1777);
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(specOf(options, rootfs)));
    return spawnSync(
      program('runc', 'runc'),
      ['--root', join(bundle, 'state'), 'run', '--bundle', bundle, `assay-${randomUUID()}`],
      { encoding: 'utf8', timeout: 120_000 },
    );
  } finally {
    rmSync(bundle, { recursive: true, force: true });
  }
};

/** The Node that runs this, inside. */
export const nodeInside = {
  folders: { '/node': dirname(process.execPath) },
  command: `/node/${basename(process.execPath)}`,
};
