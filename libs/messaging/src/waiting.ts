/**
 * The reason why reading a partition number is suspended. Nothing is lost: reading continues there once the reason is
 * gone, and all others continue meanwhile.
 */
export interface Wait {
  readonly partition: number;
  /** The suspended topic; absent if the whole number waits. */
  readonly topic?: string;
  /** The first record of the topic that was not taken. */
  readonly offset?: number;
  /** The kind of reason, for example `newer-version`. */
  readonly code: string;
  readonly message: string;
  /** The action for an operator. */
  readonly remedy: string;
}

/** A wait in one line. */
export const lineOf = ({ topic, partition, offset, code, message, remedy }: Wait): string =>
  `${topic === undefined ? `partition ${partition}` : `${topic}/${partition}`} waits` +
  `${offset === undefined ? '' : ` at ${offset}`} (${code}): ${message}; ${remedy}`;

/** Thrown if a partition cannot even be opened until the reason is gone. */
export class Waits extends Error {
  readonly code: string;
  readonly remedy: string;

  constructor(readonly wait: Wait) {
    super(lineOf(wait));
    [this.code, this.remedy] = [wait.code, wait.remedy];
  }
}

/** The first record of a range comes from a newer program: from there on only a program that knows it may read. */
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
