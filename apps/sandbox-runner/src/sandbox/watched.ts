import type { Tools } from './tools.ts';

/** Descriptor of the pipe whose other end only the service holds. */
export const watchDescriptor = 5;

// The watcher reads from a pipe into which nobody ever writes, so it wakes when the service is gone, or done with the
// run, and ends the process group. It is there before anything else is: what ties a sandbox to its parent
// (`--die-with-parent`, `setpriv`) is asked for later, and says nothing of a parent that is gone already. It holds no
// other pipe, so that the end of the sandbox is the end of its output. It is waited for: in a container nobody else
// does, and what nobody waits for counts in the slot's number of processes for ever. The shell's own words about how
// the sandbox ended go nowhere.
const watch = [
  `(exec </dev/null >/dev/null 2>&1 3>&- 4>&-; read -r end <&${watchDescriptor}; kill -s KILL -- "-$$") & watcher=$!`,
  `exec 6>&2 2>/dev/null; "$@" 2>&6 ${watchDescriptor}<&- 6>&-; status=$?`,
  'kill -s KILL "$watcher"; wait "$watcher"; exit "$status"',
].join('\n');

/**
 * The command line with a watcher, for the leader of a process group. It covers the time between fork and exec too: the
 * pipe is closed by then.
 */
export const watched = (tools: Tools, ...argv: readonly string[]): [string, ...string[]] => [
  tools['setpriv']!,
  '--pdeathsig',
  'KILL',
  tools['sh']!,
  '-c',
  watch,
  'scan',
  ...argv,
];
