import { readFileSync } from 'node:fs';
import {
  killed,
  numberOn,
  type Architecture,
  type Numbers,
} from '../../../apps/sandbox-runner/src/sandbox/drivers/syscalls.ts';
import { escaped, held, unclear, type Attack, type AttackOutcome, type Trial } from '../attack.ts';
import { attackersWith, awaited } from '../processes.ts';

const reach = (name: string, numbers: Numbers, stoppedBy: Attack['stoppedBy']): Attack[] => {
  const number = numberOn(process.arch as Architecture, numbers);
  return number === undefined
    ? []
    : [{ name: `calls ${name}`, stoppedBy, args: () => ['reach', String(number)], kernelMayRefuse: true }];
};

/** Calls that the filter does not know, with null arguments: harmless if one gets through. */
const unlisted: Readonly<Record<string, Numbers>> = {
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  msgget: [68, 186],
  semget: [64, 190],
  mq_open: [240, 180],
  socketpair: [53, 199],
  chroot: [161, 51],
  mknodat: [259, 33],
  fanotify_init: [300, 262],
  inotify_init1: [294, 26],
  seccomp: [317, 277],
  personality: [135, 92],
  name_to_handle_at: [303, 264],
  sethostname: [170, 161],
  setuid: [105, 146],
  setgroups: [116, 159],
  capset: [126, 91],
  pidfd_open: [434, 434],
  pidfd_send_signal: [424, 424],
  process_madvise: [440, 440],
  acct: [163, 89],
  swapon: [167, 224],
  reboot: [169, 142],
  quotactl: [179, 60],
  syslog: [103, 116],
  iopl: [172, undefined],
  adjtimex: [159, 171],
  setxattr: [188, 5],
  fchownat: [260, 54],
  modify_ldt: [154, undefined],
  vmsplice: [278, 75],
  execveat: [322, 281],
  landlock_create_ruleset: [444, 444],
  setpriority: [141, 140],
  sched_setscheduler: [144, 119],
};

/** Reads the kernel's status of a process in the sandbox, which lives until the status is read. */
const seenFromOutside =
  (field: RegExp, isFine: (value: string) => boolean) =>
  async ({ run, marker }: Trial): Promise<AttackOutcome> => {
    const cancel = new AbortController();
    const running = run(['wait', marker], {}, cancel.signal);
    running.catch(() => {
      /* `await running` below reports it. */
    });
    const pid = await awaited(() => attackersWith(marker)[0], 5_000);
    const status = pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8');
    cancel.abort();
    await running;
    const found = field.exec(status)?.[1];
    if (found === undefined) return unclear('it was not seen');
    return (isFine(found) ? held : escaped)(`the kernel says ${found.trim().replaceAll(/\s+/g, ' ')}`);
  };

const traced: Attack['stoppedBy'] = ['pid-namespace', 'user-namespace', 'capabilities'];

export const kernel: readonly Attack[] = [
  ...Object.entries(killed).flatMap(([name, numbers]) => reach(name, numbers, ['seccomp-forbidden'])),
  ...Object.entries(unlisted).flatMap(([name, numbers]) => reach(name, numbers, ['seccomp-unlisted'])),
  {
    name: 'makes a user namespace (unshare)',
    stoppedBy: ['seccomp-forbidden', 'no-nested-namespaces'],
    args: () => ['new-user-namespace'],
  },
  {
    name: 'makes a user namespace (clone)',
    stoppedBy: ['seccomp-processes', 'no-nested-namespaces'],
    args: () => ['clone-user-namespace'],
  },
  {
    name: 'makes a user namespace (clone3)',
    stoppedBy: ['seccomp-processes', 'no-nested-namespaces'],
    args: () => ['clone3-user-namespace'],
  },
  {
    name: 'makes a device',
    stoppedBy: ['user-namespace', 'capabilities', 'seccomp-unlisted'],
    args: () => ['make-device'],
  },
  {
    name: 'becomes another user of the host',
    stoppedBy: ['user-namespace', 'capabilities', 'seccomp-unlisted'],
    args: () => ['become', '12345'],
  },
  {
    name: 'raises its limits',
    stoppedBy: ['user-namespace', 'capabilities'],
    args: () => ['raise-limits'],
    kernelMayRefuse: true,
  },
  {
    name: 'calls by the numbers of 32 bits',
    stoppedBy: ['seccomp-foreign'],
    args: () => ['old-numbering'],
    kernelMayRefuse: true,
  },
  {
    name: 'calls by the numbers of x32',
    stoppedBy: ['seccomp-foreign'],
    args: () => ['x32-numbering'],
    kernelMayRefuse: true,
  },
  { name: 'makes an ioctl that no scanner makes', stoppedBy: ['seccomp-arguments'], args: () => ['odd-ioctl'] },
  { name: 'gets a terminal', stoppedBy: ['no-devices', 'seccomp-arguments'], args: () => ['terminal'] },
  { name: 'makes a prctl that no scanner makes', stoppedBy: ['seccomp-arguments'], args: () => ['odd-prctl'] },
  {
    name: 'traces the service',
    stoppedBy: [...traced, 'seccomp-forbidden'],
    args: () => ['trace', String(process.pid)],
    kernelMayRefuse: true,
  },
  {
    name: 'reads the environment of the service by /proc',
    stoppedBy: [...traced, 'no-proc'],
    args: () => ['read-file', `/proc/${process.pid}/environ`],
  },
  { name: 'reads what /proc says of the kernel', stoppedBy: ['no-proc'], args: () => ['read-file', '/proc/version'] },
  { name: 'knows the name of the host', stoppedBy: ['uts-namespace'], args: ({ hostName }) => ['host-name', hostName] },
  {
    name: 'sees the control groups of the host',
    stoppedBy: ['cgroup-namespace', 'no-proc'],
    args: ({ cgroupNamespace }) => ['same-namespace', '/proc/self/ns/cgroup', cgroupNamespace],
  },
  {
    name: 'reads shared memory of the host',
    stoppedBy: ['ipc-namespace', 'seccomp-unlisted'],
    args: ({ segment }) => ['attach-memory', segment],
  },
  {
    seenFromHost: true,
    name: 'can gain privileges',
    stoppedBy: ['no-new-privileges'],
    attempt: seenFromOutside(/^NoNewPrivs:\s+(\d)/m, (value) => value === '1'),
  },
  {
    seenFromHost: true,
    name: 'has capabilities, or can get some',
    stoppedBy: ['capabilities'],
    attempt: seenFromOutside(/^((?:Cap(?:Inh|Prm|Eff|Bnd|Amb):\s+[0-9a-f]+\s+){5})/m, (value) =>
      /^(Cap...:\s+0+\s+){5}$/.test(value),
    ),
  },
];
