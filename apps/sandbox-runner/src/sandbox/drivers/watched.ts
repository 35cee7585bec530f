import { pathOf, type ProgramPaths } from './tools.ts';

/** Descriptor of the pipe whose other end only the service holds. */
export const watchDescriptor = 5;

// The watcher reads from a pipe that is never written to. It wakes when the service is gone, or done with the run, and
// ends the process group. It is the first process: the options that tie a sandbox to its parent (`--die-with-parent`,
// `setpriv`) take effect later, and do not notice a parent that is gone already. It holds no other pipe, so that the
// end of the sandbox is the end of its output. The shell waits for it: in a container no other process does, and a
// zombie counts in the slot's number of processes for ever. The shell's own messages about the end of the sandbox are
// discarded.
const watch = [
  `(exec </dev/null >/dev/null 2>&1 3>&- 4>&-; read -r end <&${watchDescriptor}; kill -s KILL -- "-$$") & watcher=$!`,
  `exec 6>&2 2>/dev/null; "$@" 2>&6 ${watchDescriptor}<&- 6>&-; status=$?`,
  'kill -s KILL "$watcher"; wait "$watcher"; exit "$status"',
].join('\n');

/**
 * Returns the command line with a watcher, for the leader of a process group. It also covers the time between fork and
 * exec: the pipe is closed by then.
 */
export const watched = (tools: ProgramPaths, ...argv: readonly string[]): [string, ...string[]] => [
  pathOf(tools, 'setpriv'),
  '--pdeathsig',
  'KILL',
  pathOf(tools, 'sh'),
  '-c',
  watch,
  'scan',
  ...argv,
];
