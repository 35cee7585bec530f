import type { AnyEvent } from './envelope.ts';

/** The event that a new event answers. Kept in states, so that a later answer continues the same trace. */
export interface Cause {
  readonly id: string;
  readonly correlationid: string;
  readonly traceparent?: string | undefined;
}

export const causeOf = ({
  id,
  correlationid,
  traceparent,
}: Pick<AnyEvent, 'id' | 'correlationid' | 'traceparent'>): Cause => ({
  id,
  correlationid: correlationid ?? id,
  ...(traceparent ? { traceparent } : {}),
});
