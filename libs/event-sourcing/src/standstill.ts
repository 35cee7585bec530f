/** Why a partition of a service stands still: it hears, answers and says nothing, and its store stays as it is. */
export interface Standstill {
  /** `log-changed`: the log is no longer what was read of it. An operator has to say how to go on. */
  readonly code: 'log-changed';
  readonly topic: string;
  /** Next offset of the topic: what was read up to there is in the store. */
  readonly offset: number;
  readonly message: string;
  /** When it was noticed, ISO 8601 UTC. */
  readonly since: string;
  /** Id of the event that said so: an order about it names it as its cause, and counts for no other. */
  readonly id: string;
}

/** Told again and again while a partition stands still, to whoever reads the log of the process. */
export class StandsStill extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(target: string, { code, message }: Pick<Standstill, 'code' | 'message'>) {
    super(`${target} stands still: ${message}`);
    this.code = code;
    this.remedy = `restore the topic, or \`assay resume ${target}\`, which fills the partition anew from the log as it is (docs/operations.md, "A topic that was cut or made anew")`;
  }
}
