import { setTimeout as pause } from 'node:timers/promises';
import { emptying, kinds, type TormentKind, type TormentTools } from './kinds.ts';

/** Time between two torments; several may last at once. */
const everyMs = 2500;

/**
 * The plan of a run, drawn from the seed: each kind once, in some order, then random kinds. Redis is emptied half way.
 */
export const planned = (runMs: number, { random }: Pick<TormentTools, 'random'>): readonly TormentKind[] => {
  const count = Math.max(kinds.length, Math.floor(runMs / everyMs) - 1);
  const weights = kinds.reduce((sum, { share }) => sum + share, 0);
  const drawn = (): TormentKind => {
    let at = random.next() * weights;
    return kinds.find(({ share }) => (at -= share) < 0) ?? kinds[0]!;
  };
  const acts = [...random.shuffled(kinds), ...Array.from({ length: count - kinds.length }, drawn)];
  return acts.toSpliced(Math.floor(count / 2), 0, emptying);
};

/** Torments by plan, for as long as the load runs. */
export class Tormentor {
  readonly #tools: TormentTools;
  readonly #under = new Set<Promise<unknown>>();
  /** How often each kind came. */
  readonly counts = new Map<string, number>();
  readonly #failed: (activity: string, error: unknown) => void;

  constructor(tools: TormentTools, failed: (activity: string, error: unknown) => void) {
    [this.#tools, this.#failed] = [tools, failed];
  }

  /** Runs until the load is over, or everything is called off. */
  async run(runMs: number, over: AbortSignal, off: AbortSignal): Promise<void> {
    const acts = planned(runMs, this.#tools);
    for (const act of acts) {
      await pause((runMs / (acts.length + 1)) * this.#tools.random.between(0.5, 1.5), undefined, {
        signal: over,
      }).catch(() => undefined);
      if (over.aborted) break;
      this.#begin(act);
    }
    await Promise.all(this.#under);
    if (off.aborted) return;
    // Kinds whose victim was in use by another torment, or that failed, run late rather than never.
    for (const act of [...kinds, emptying]) if (!this.counts.has(act.name)) this.#begin(act);
    await Promise.all(this.#under);
  }

  get summary(): string {
    const sum = (of: (name: string) => boolean): number =>
      [...this.counts].filter(([name]) => of(name)).reduce((all, [, count]) => all + count, 0);
    return `${sum((name) => name.startsWith('kill'))} kills, ${sum((name) => !name.startsWith('kill'))} other torments`;
  }

  #begin({ name, does }: TormentKind): void {
    const under = does(this.#tools).then(
      (happened) => {
        if (happened !== false) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      },
      (error: unknown) => this.#failed(name, error),
    );
    this.#under.add(under);
    void under.finally(() => this.#under.delete(under));
  }
}
