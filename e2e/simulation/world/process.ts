import type { Clock } from '@assay/event-sourcing';
import type { World } from './world.ts';

/** A server cannot be reached, or does not answer in time. */
export class Unreachable extends Error {
  readonly code = 'unreachable';
}

type Reply = () => void;

type Fate = 'done' | 'crash before' | 'crash after' | 'refused' | 'overtaken' | 'answer lost';

/**
 * One running process: it sees the world through calls, and time through its clock. It may end or freeze at any call;
 * the answer then never comes, or comes late.
 */
export class Process implements Clock {
  alive = true;
  /** The process is frozen until then: a long garbage collection, a virtual machine that is moved. */
  stillUntil = 0;
  /** The process ends with the call after this many. */
  doomedIn = Infinity;
  readonly #skewMs: number;
  readonly #atEnd: (() => void)[];
  #ended: Promise<never> | undefined;

  constructor(
    readonly world: World,
    readonly name: string,
    ended: () => void = () => undefined,
  ) {
    this.#atEnd = [ended];
    this.#skewMs = Math.round(world.random.between(-0.5, 0.5) * world.weather.skewMs);
  }

  now(): number {
    return Math.floor(this.world.now) + this.#skewMs;
  }

  random(): number {
    return this.world.random.next();
  }

  after(ms: number, call: () => void): () => void {
    const happening = this.world.timeline.after(Math.max(0, ms) + this.world.random.next(), () => this.#resume(call));
    return () => {
      happening.run = undefined;
    };
  }

  yield(): Promise<void> {
    return new Promise((resolve) => {
      this.after(0, resolve);
    });
  }

  /** Notifies the process from outside, a little later; or never, if it has ended by then. */
  notify(call: () => void): void {
    this.world.timeline.after(this.world.latency(), () => this.#resume(call));
  }

  /**
   * Asks a server for an effect. The effect happens a little later, or not; the answer comes a little later, or never.
   */
  call<T>(server: string, operation: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.world.timeline.after(this.world.latency(), () => this.#arrive(server, operation, effect, resolve, reject));
    });
  }

  #arrive<T>(
    server: string,
    operation: string,
    effect: () => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const { world } = this;
    // A request sent before the process ended may still arrive.
    if (!this.alive) {
      if (world.random.chance(0.5)) this.#late(server, operation, effect);
      return;
    }
    const fate = this.#fate(server);
    world.note(this.name, operation, fate);
    if (fate !== 'done') world.tally.count(`${fate} ${operation}`);
    if (fate === 'crash before') return this.end();
    if (fate === 'overtaken')
      world.timeline.after(10 * 500 ** world.random.next(), () => this.#late(server, operation, effect));
    if (fate === 'refused' || fate === 'overtaken')
      return this.#reply(() => reject(new Unreachable(`${server} cannot be reached`)));
    let reply: Reply;
    try {
      const value = effect();
      reply = fate === 'answer lost' ? () => reject(new Unreachable(`${server} did not answer`)) : () => resolve(value);
    } catch (error) {
      reply = () => reject(error);
    }
    if (fate === 'crash after') return this.end();
    this.#reply(reply);
  }

  #late<T>(server: string, operation: string, effect: () => T): void {
    if (this.world.down.has(server)) return;
    this.world.fault(this.name, `late ${operation}`);
    try {
      effect();
    } catch {
      /* The caller has ended. */
    }
  }

  #fate(server: string): Fate {
    const { random, weather, down } = this.world;
    this.doomedIn -= 1;
    if (this.doomedIn < 0) return random.chance(0.5) ? 'crash before' : 'crash after';
    if (down.has(server)) return 'refused';
    let drawn = random.next();
    if ((drawn -= weather.crash) < 0) return random.chance(0.5) ? 'crash before' : 'crash after';
    if ((drawn -= weather.refused) < 0) return 'refused';
    if ((drawn -= weather.overtaken) < 0) return 'overtaken';
    return (drawn -= weather.answerLost) < 0 ? 'answer lost' : 'done';
  }

  #reply(reply: Reply): void {
    // Half of the answers come at once: the shortest path deserves as many schedules as all longer ones.
    if (this.stillUntil <= this.world.now && this.world.random.chance(0.5)) return reply();
    this.world.timeline.after(this.world.latency(), () => this.#resume(reply));
  }

  #resume(run: () => void): void {
    if (!this.alive) return;
    if (this.stillUntil > this.world.now) {
      this.world.timeline.at(this.stillUntil + this.world.random.next(), () => this.#resume(run));
      return;
    }
    run();
  }

  /** Calls back when the process has ended. */
  atEnd(ended: () => void): void {
    this.#atEnd.push(ended);
  }

  /** The result, or a failure when the process ends: real timers of its code end with it. */
  orEnded<T>(result: Promise<T>): Promise<T> {
    this.#ended ??= new Promise((_resolve, reject) => {
      const end = (): void => reject(new Unreachable('the process has ended'));
      if (this.alive) this.atEnd(end);
      else end();
    });
    return Promise.race([result, this.#ended]);
  }

  /** `kill -9`. */
  end(): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.note(this.name, 'ended');
    for (const ended of this.#atEnd) ended();
  }
}
