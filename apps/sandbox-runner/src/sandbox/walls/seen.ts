import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ownGroupIn } from '../run/own-group.ts';

const reading = <Value>(read: () => Value): Value | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  } // It ended meanwhile, or may not be read.
};

const commandLine = (pid: string): string[] =>
  reading(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.split('\0') ?? [];

/** Processes that were started with an argument that no others have. */
export const processesWith = (marker: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(marker))
    .map(Number);

/** True if one of these processes was started with the given argument. */
export const hasArgument = (marker: string, argument: string): boolean =>
  processesWith(marker).some((pid) => commandLine(String(pid)).includes(argument));

/** The processes with the argument that are the program itself, not those that build the sandbox. */
export const scannersWith = (marker: string): number[] =>
  processesWith(marker).filter((pid) => commandLine(String(pid))[0] === '/scanner/scan');

/** Polls until there is a value, or the time is over. */
export const awaited = async <Value>(look: () => Value | undefined, withinMs: number): Promise<Value | undefined> => {
  for (const end = performance.now() + withinMs; ;) {
    const value = look();
    if (value !== undefined || performance.now() > end) return value;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
};

export const namespaceKinds = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

export interface Mount {
  readonly at: string;
  readonly options: string;
  readonly type: string;
}

/** The kernel's view of a process in a sandbox, from outside. Fields that could not be read are absent. */
export interface Seen {
  /** Fields of /proc/<pid>/status. */
  readonly status: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Partial<Record<NamespaceKind, string>>>;
  /** The hard limits, by the kernel's names. */
  readonly limits: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  readonly environment?: readonly string[];
  /** Its control group of version 2. */
  readonly group?: string;
  /** The limits of that group, such as `memory.max`, from the files that it has. */
  readonly bounds?: Readonly<Record<string, string>>;
}

const boundFiles = ['memory.max', 'pids.max', 'cpu.weight'] as const;

const boundsOfGroup = (group: string): Record<string, string> => {
  const path = ownGroupIn(reading(() => readFileSync('/proc/self/mountinfo', 'latin1')) ?? '', `0::${group}`)?.path;
  if (path === undefined) return {};
  return Object.fromEntries(
    boundFiles.flatMap((file) => {
      const text = reading(() => readFileSync(join(path, file), 'latin1'));
      return text === undefined ? [] : [[file, text.trim()]];
    }),
  );
};

const pairs = (text: string | undefined, line: RegExp): Record<string, string> =>
  Object.fromEntries(
    [...(text ?? '').matchAll(line)].map(([, name = '', value = '']) => [name, value.trim().replaceAll(/\s+/g, ' ')]),
  );

const mountOf = (line: string): Mount => {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , , at = '', options = ''] = before.split(' ');
  const [type = '', , more = ''] = after.split(' ');
  return { at, options: `${options},${more}`, type };
};

export const seenOf = (pid: number | 'self'): Seen => {
  const of = (name: string): string | undefined => reading(() => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
  const mounts = of('mountinfo')?.trim().split('\n').map(mountOf);
  const environment = of('environ')
    ?.split('\0')
    .map((pair) => pair.split('=')[0] ?? '')
    .filter(Boolean);
  const group = /^0::(.*)$/m.exec(of('cgroup') ?? '')?.[1];
  return {
    status: pairs(of('status'), /^(\w+):(.*)$/gm),
    namespaces: Object.fromEntries(
      namespaceKinds.flatMap((kind) => {
        const found = reading(() => readlinkSync(`/proc/${pid}/ns/${kind}`));
        return found === undefined ? [] : [[kind, found]];
      }),
    ),
    limits: pairs(of('limits'), /^Max (.+?) {2,}\S+ +(\S+)/gm),
    ...(mounts ? { mounts } : {}),
    ...(environment ? { environment } : {}),
    ...(group ? { group, bounds: boundsOfGroup(group) } : {}),
  };
};
