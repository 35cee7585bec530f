import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NewRecord } from '@assay/messaging';
import type { GreedyAnswer } from './ask.ts';
import type { GreedyAttack } from './load.ts';
import type { GreedyOrder, Report } from './service.ts';

const started = (file: string, ...flags: readonly string[]): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--experimental-transform-types', '--disable-warning=ExperimentalWarning', ...flags],
    serialization: 'advanced',
  });

/** Resident memory, MB; 0 once the process has ended. */
const residentMb = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) >> 10;
  } catch {
    return 0;
  }
};
const childrenOf = (pid: number): number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

/** A process of services, and what it was seen to take. */
export class AttackedProcess {
  readonly failures = new Map<string, number>();
  /** The lane of a request, by path and query. A request that reads in several has the last one of this list. */
  readonly lanes = new Map<string, string>();
  longestBlockMs = 0;
  /** Most resident memory of the process, of one child of it, and of all together, MB. */
  readonly most = { own: 0, child: 0, all: 0 };
  readonly #started = Promise.withResolvers<Extract<Report, { url: string }>>();
  readonly #process: ChildProcess;
  readonly #looks: NodeJS.Timeout;

  constructor(order: Extract<GreedyOrder, { names: unknown }>, heapMb: number) {
    this.#process = started('service.ts', `--max-old-space-size=${heapMb}`);
    this.#process.on('message', (report: Report) => this.#take(report));
    this.#process.once('exit', (code, signal) => this.#take({ failed: `THE END: ${signal ?? `exit code ${code}`}` }));
    this.#process.send(order);
    this.#looks = setInterval(() => this.#look(), 200);
  }

  /** Its address, and the paths that it answers. */
  get started(): Promise<Extract<Report, { url: string }>> {
    return this.#started.promise;
  }

  /** How long its threads ran so far, and how long they waited for a processor, ns (`schedstat` of proc(5)). */
  get scheduled(): { readonly ran: number; readonly waited: number } {
    const tasks = `/proc/${this.#process.pid}/task`;
    const each = readdirSync(tasks).map((task) => {
      try {
        return readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ').map(Number);
      } catch {
        // The thread has ended meanwhile.
        return [0, 0];
      }
    });
    const sum = (at: number): number => each.reduce((all, one) => all + (one[at] ?? 0), 0);
    return { ran: sum(0), waited: sum(1) };
  }

  append(append: readonly NewRecord[]): void {
    this.#process.send({ append } satisfies GreedyOrder);
  }

  #take(report: Report): void {
    if ('url' in report) this.#started.resolve(report);
    else if ('blockedMs' in report) this.longestBlockMs = Math.max(this.longestBlockMs, report.blockedMs);
    else if ('lane' in report) {
      const order = ['byKey', 'page', 'walk', 'file'];
      const before = this.lanes.get(report.path) ?? '';
      if (order.indexOf(report.lane) > order.indexOf(before)) this.lanes.set(report.path, report.lane);
    } else {
      this.failures.set(report.failed, (this.failures.get(report.failed) ?? 0) + 1);
      if (report.failed.startsWith('THE END')) this.#started.reject(new Error(report.failed));
    }
  }

  #look(): void {
    const pid = this.#process.pid ?? 0;
    const [own, children] = [residentMb(pid), childrenOf(pid).map(residentMb)];
    const { most } = this;
    most.own = Math.max(most.own, own);
    most.child = Math.max(most.child, ...children);
    most.all = Math.max(most.all, own + children.reduce((sum, each) => sum + each, 0));
  }

  /** Its children end with it. */
  async kill(): Promise<void> {
    clearInterval(this.#looks);
    this.#process.removeAllListeners('exit');
    const gone = once(this.#process, 'exit');
    if (this.#process.kill('SIGKILL')) await gone;
  }
}

/**
 * Lets greedy callers go for some time.
 * @throws Error if their process ended before: then there was no load
 */
export const attacked = async (attack: GreedyAttack): Promise<readonly GreedyAnswer[]> => {
  const callers = started('load.ts');
  callers.send(attack);
  const gone = once(callers, 'exit').then(([code]) => {
    throw new Error(`the callers ended with ${String(code)}`);
  });
  const answered = once(callers, 'message').then(([answers]) => answers as readonly GreedyAnswer[]);
  // It ends after its answers, too.
  gone.catch(() => undefined);
  return Promise.race([answered, gone]);
};
