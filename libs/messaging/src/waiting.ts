/**
 * Why something of a partition number is not read on for the time being. Nothing is lost by it: it goes on from there
 * once the reason is gone, and all else goes on meanwhile.
 */
export interface Wait {
  readonly partition: number;
  /** What is not read on; the whole number where it is not one topic. */
  readonly topic?: string;
  /** The first record of the topic that was not taken. */
  readonly offset?: number;
  /** What kind of reason it is, for example `newer-version`. */
  readonly code: string;
  readonly message: string;
  /** What an operator does about it. */
  readonly remedy: string;
}

/** A wait in one line. */
export const lineOf = ({ topic, partition, offset, code, message, remedy }: Wait): string =>
  `${topic === undefined ? `partition ${partition}` : `${topic}/${partition}`} waits${offset === undefined ? '' : ` at ${offset}`} (${code}): ${message}; ${remedy}`;

/** Thrown where a partition cannot even be begun with until the reason is gone. */
export class Waits extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(readonly wait: Wait) {
    super(lineOf(wait));
    [this.code, this.remedy] = [wait.code, wait.remedy];
  }
}

/** The first record of a stretch was said by a newer program: what lies from there on is for one that knows it. */
export const newerAt = (
  { topic, partition, offset }: Required<Pick<Wait, 'topic' | 'partition' | 'offset'>>,
  message: string,
): Wait & { readonly topic: string; readonly offset: number } => ({
  topic,
  partition,
  offset,
  code: 'newer-version',
  message,
  remedy: 'upgrade this service',
});
