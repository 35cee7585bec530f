import { gatherEvidence, type WallEvidence } from './evidence.ts';
import { programEnvironment } from '../drivers/driver.ts';
import { defaultLimits, type Sandbox, type SandboxRun } from '../sandbox.ts';
import { serviceWeight } from '../run/scan-group.ts';
import type { Mount, NamespaceKind } from './seen.ts';
import type { SelfTestCheck, SelfTestReport } from './self-test.ts';
import { mostSlots } from '../run/slots.ts';
import { walls, wallIds, type Wall, type WallId } from './walls.ts';

/** One wall, as found on this machine. */
export interface WallCheck {
  readonly wall: WallId;
  readonly name: string;
  readonly stops: string;
  /**
   * `not-here`: this driver has no such wall, or the service may not build it. `unknown` is no better than `missing`.
   */
  readonly state: 'stands' | 'missing' | 'unknown' | 'not-here';
  /** The observation. */
  readonly found: string;
  /** The steps that an operator can take if it does not stand. */
  readonly remedy?: string;
}

/** `stands` is undefined if it could not be read. */
type Finding = readonly [stands: boolean | undefined, found: string];
type Look = (evidence: WallEvidence) => Finding;

const unseen: Finding = [undefined, 'could not be looked at'];

/** The attacks of the self-test that must have failed. */
const attacked =
  (...attempts: readonly SelfTestCheck['attempt'][]): Look =>
  ({ attacked: { checks } }) => {
    const those = checks.filter(({ attempt }) => attempts.includes(attempt));
    return [
      those.length > 0 && those.every(({ held }) => held),
      those.map(({ name, held, detail }) => (held ? name : `does not hold: ${name} (${detail})`)).join(', '),
    ];
  };

const ofItsOwn =
  (kind: NamespaceKind): Look =>
  ({ seen, service }) => {
    const [its, ours] = [seen?.namespaces[kind], service.namespaces[kind]];
    return its === undefined || ours === undefined ? unseen : [its !== ours, `it is in ${its}, the service in ${ours}`];
  };

const status =
  (field: string, isFine: (value: string) => boolean): Look =>
  ({ seen }) => {
    const value = seen?.status[field];
    return value === undefined ? unseen : [isFine(value), `${field} is ${value}`];
  };

const limited =
  (name: string, isFine: (most: number) => boolean): Look =>
  ({ seen }) => {
    const most = seen?.limits[name];
    return most === undefined ? unseen : [most !== 'unlimited' && isFine(Number(most)), `${name} ${most}`];
  };
const at = (most: number) => (found: number) => found === most;

const mounted =
  (where: string, isFine: (mount: Mount) => boolean): Look =>
  ({ seen }) => {
    const mount = seen?.mounts?.findLast((one) => one.at === where);
    return mount === undefined ? unseen : [isFine(mount), `${where} is a ${mount.type} (${mount.options})`];
  };
const has =
  (option: RegExp) =>
  ({ options }: Mount): boolean =>
    option.test(options);

const answered =
  (index: number, expected: number, subject: string): Look =>
  ({ answers }) =>
    answers[index] === undefined ? unseen : [answers[index] === expected, `${subject}: answer ${answers[index]}`];

const killedFor =
  (of: (evidence: WallEvidence) => SandboxRun, reason: string): Look =>
  (evidence) => {
    const { ended, killedFor: why, wallMs } = of(evidence);
    return [why === reason, `${ended}${why ? ` for ${why}` : ''} after ${Math.round(wallMs)} ms`];
  };

const hoards = killedFor(({ hoarded }) => hoarded, 'memory');

const bothOf =
  (...looks: readonly Look[]): Look =>
  (evidence) => {
    const all = looks.map((look) => look(evidence));
    return [
      all.some(([stands]) => stands === undefined) ? undefined : all.every(([stands]) => stands),
      all.map(([, found]) => found).join('; '),
    ];
  };

/** A control group of its own. */
const grouped: Look = ({ seen, service }) =>
  seen?.group === undefined
    ? unseen
    : [seen.group !== service.group, `it is in ${seen.group}, the service in ${service.group ?? 'none'}`];

const bounded = (file: string, isFine: (most: number) => boolean): Look =>
  bothOf(grouped, ({ seen }) => {
    const most = seen?.bounds?.[file];
    return most === undefined ? unseen : [isFine(Number(most)), `${file} is ${most}`];
  });

const capabilitySets = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'] as const;
/** The limit of the slot: twice that behind a control group, or that of all slots together without slot users. */
const areThreads = (most: number, { isRoot, bounds }: WallEvidence): boolean =>
  isRoot
    ? most === defaultLimits.processes * (bounds.processes === 'cgroup' ? 2 : 1)
    : most % defaultLimits.processes === 0 && most <= defaultLimits.processes * mostSlots;
const given = /^\/(scanner\/scan|input|tmp|cache(\/.*)?|dev\/null)?$/;
const allowedVariables = new Set([...Object.keys(programEnvironment), 'PWD']);
const filtered = status('Seccomp', (mode) => mode === '2');

const looks: Readonly<Record<WallId, Look>> = {
  'slot-user': ({ seen, service }) => {
    const [its, ours] = [seen?.status['Uid'], service.status['Uid']].map((users) => users?.split(' ')[0]);
    return its === undefined ? unseen : [its !== ours, `it is user ${its} of the host, the service ${ours}`];
  },
  'user-namespace': ofItsOwn('user'),
  'no-nested-namespaces': ({ seen, triedNesting }) =>
    seen === undefined
      ? unseen
      : [
          triedNesting,
          triedNesting ? 'bubblewrap tried to make another, and could not' : 'bubblewrap was not told to try',
        ],
  'own-root': bothOf(attacked('read-host-file'), ofItsOwn('mnt')),
  'pid-namespace': ofItsOwn('pid'),
  'network-namespace': bothOf(attacked('connect'), ofItsOwn('net')),
  'ipc-namespace': ofItsOwn('ipc'),
  'uts-namespace': ofItsOwn('uts'),
  'cgroup-namespace': ofItsOwn('cgroup'),
  'no-proc': attacked('read-proc'),
  'no-devices': ({ seen }) => {
    const others = seen?.mounts?.map(({ at: place }) => place).filter((place) => !given.test(place));
    return others === undefined
      ? unseen
      : [others.length === 0, others.length === 0 ? 'of devices there is /dev/null' : `there is ${others.join(' ')}`];
  },
  'read-only-root': attacked('write-root'),
  'read-only-input': attacked('write-input'),
  'read-only-scanner': attacked('change-scanner'),
  'copied-database': ({ databaseChanged, seen }) =>
    seen === undefined
      ? unseen
      : [
          !databaseChanged,
          databaseChanged ? 'what it wrote is in the original' : 'what it wrote is not in the original',
        ],
  'scratch-size': mounted('/tmp', has(/\bsize=/)),
  'scratch-inodes': mounted('/tmp', has(/\bnr_inodes=/)),
  'scratch-noexec': attacked('run-scratch'),
  'seccomp-processes': bothOf(attacked('fork'), filtered),
  'seccomp-sockets': attacked('socket-inet', 'socket-inet6', 'socket-unix', 'socket-netlink', 'socket-vsock'),
  'seccomp-forbidden': attacked('forbidden'),
  'seccomp-unlisted': attacked('memory-file'),
  'seccomp-arguments': bothOf(answered(0, -25, 'an odd ioctl'), answered(1, -22, 'an odd prctl')),
  'seccomp-foreign': ({ foreign: { securityViolation, ended, code } }) => [
    securityViolation,
    securityViolation ? 'killed for a call by a number of another numbering' : `${ended} ${code ?? ''}`.trim(),
  ],
  'no-new-privileges': status('NoNewPrivs', (value) => value === '1'),
  capabilities: bothOf(...capabilitySets.map((set) => status(set, (value) => /^0+$/.test(value)))),
  environment: ({ seen }) =>
    seen?.environment === undefined
      ? unseen
      : [seen.environment.every((name) => allowedVariables.has(name)), `it has ${seen.environment.join(' ')}`],
  descriptors: attacked('descriptors'),
  'limit-core': limited('core file size', at(1)),
  'limit-open-files': limited('open files', at(defaultLimits.openFiles)),
  'limit-threads': (evidence) => limited('processes', (most) => areThreads(most, evidence))(evidence),
  'limit-file-size': limited('file size', at(defaultLimits.fileBytes)),
  'limit-processor-time': limited('cpu time', at(defaultLimits.cpuSeconds)),
  'limit-address-space': limited('address space', at(defaultLimits.addressSpaceBytes)),
  'limit-data': limited('data size', at(defaultLimits.dataBytes)),
  'limit-locked-memory': limited('locked memory', at(0)),
  'limit-message-queues': limited('msgqueue size', at(0)),
  'own-kernel': ({ seen, answers }) => [
    seen === undefined && answers.length > 0,
    seen === undefined ? 'it ran, and the host knows no such process' : 'it is a process of the host',
  ],
  'group-memory': bothOf(bounded('memory.max', at(defaultLimits.memoryBytes + defaultLimits.scratchBytes)), hoards),
  'group-processes': bounded('pids.max', (most) => most > 0),
  'group-processor': bounded('cpu.weight', (weight) => weight < serviceWeight),
  'group-end': grouped,
  watchdog: hoards,
  'stdout-cap': killedFor(({ flooded }) => flooded, 'stdout'),
  'stderr-cap': killedFor(({ complained }) => complained, 'stderr'),
  deadline: killedFor(({ overdue }) => overdue, 'timeout'),
  'tree-kill': ({ left, seen }) =>
    seen === undefined ? unseen : [left === 0, left === 0 ? 'nothing of it was left' : `${left} processes were left`],
  'end-with-service': ({ killed: { began, left } }) =>
    began
      ? [
          left === 0,
          left === 0
            ? 'a service was killed, and its scan ended with it'
            : `a service was killed, and ${left} processes of its scan went on`,
        ]
      : unseen,
  leftovers: ({ killed: { began, files } }) =>
    began
      ? [
          files === 0,
          files === 0
            ? 'a service was killed, and its next start removed its files'
            : `${files} folders of a killed service were left`,
        ]
      : unseen,
};

/** An operator cannot change this. */
const withinGvisor = 'built within gVisor, where the host cannot look; `npm run test:gvisor` attacks it';

const stateOf = (stands: boolean | undefined): WallCheck['state'] =>
  stands === undefined ? 'unknown' : stands ? 'stands' : 'missing';

/** Returns the reason why a wall cannot stand here. */
const absence = (
  { builtBy, needsRoot, needsGroup, unlessGroup }: Wall,
  { driver, isRoot, bounds }: WallEvidence,
): string | undefined => {
  if (builtBy !== undefined && !(driver in builtBy)) return `the ${driver} driver has none`;
  if (needsRoot && !isRoot) return 'the service is not root';
  if (unlessGroup && bounds[unlessGroup] === 'cgroup') return 'the control group of the scan does this instead';
  return needsGroup && bounds[needsGroup] !== 'cgroup' ? `${bounds[needsGroup]} instead` : undefined;
};

/** Judges each wall by the evidence. Exported, so that tests can pass the evidence of a sandbox without walls. */
export const judgeWalls = (evidence: WallEvidence): WallCheck[] =>
  wallIds.map((wall) => {
    const { name, stops, remedy, needsGroup }: Wall = walls[wall];
    const absent = absence(walls[wall], evidence);
    if (absent !== undefined) {
      const why = evidence.bounds.why ?? 'the group has no such controller';
      const toDo = needsGroup ? `${remedy} (now: ${why})` : remedy;
      return { wall, name, stops, state: 'not-here', found: absent, remedy: toDo };
    }
    const [stands, found] = looks[wall](evidence);
    if (stands === undefined && evidence.driver === 'gvisor')
      return { wall, name, stops, state: 'unknown', found: withinGvisor };
    return { wall, name, stops, state: stateOf(stands), found, ...(stands ? {} : { remedy }) };
  });

/** Tries every wall of a sandbox, including the attacks of the self-test. */
export const checkWalls = async (
  sandbox: Sandbox,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly walls: WallCheck[]; readonly attacked: SelfTestReport }> => {
  const evidence = await gatherEvidence(sandbox, env);
  return { walls: judgeWalls(evidence), attacked: evidence.attacked };
};
