import {
  definitionOf,
  present,
  type AnyEvent,
  type AssayEvent,
  type FindingClassified,
  type UsageCharged,
} from '@assay/events';
import type { EventDraft, Decider, State } from '@assay/event-sourcing';
import { noConfig, type Config } from '../src/domain/config.ts';
import type { Received, Emitted } from '../src/domain/state.ts';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = Pick<Data, keyof Data>;

/** The golden example of a classification, changed where a test changes it. */
export const classified = (
  data: Partial<FindingClassified> = {},
  attributes: Partial<AnyEvent> = {},
): AssayEvent<'finding.classified'> => {
  const whole = {
    ...(present(definitionOf('finding.classified'), 'definition').examples[1] as unknown as Plain<FindingClassified>),
    ...data,
  };
  return {
    topic: 'finding.classified',
    id: 'e1',
    source: '/assay/classifier',
    subject: whole.digest,
    time: '2026-11-24T09:15:02.600Z',
    causationid: 'c1',
    correlationid: 'push-1',
    ...attributes,
    data: whole,
  } as AssayEvent<'finding.classified'>;
};

export const charged = (data: UsageCharged, attributes: Partial<AnyEvent> = {}): AssayEvent<'usage.charged'> =>
  ({
    topic: 'usage.charged',
    id: 'u1',
    source: '/assay/billing',
    subject: data.digest,
    time: '2026-11-24T09:15:03.000Z',
    ...attributes,
    data,
  }) as AssayEvent<'usage.charged'>;

/** Stores keep states as JSON, so a state must survive that. */
const stored = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

/** Handles events like a partition processor: folds each event, decides, and folds the events emitted. */
export const live = (
  program: Decider<Received, Emitted, Config>,
  events: readonly AnyEvent[],
  config = noConfig,
): { state: State<Received, Emitted>; emitted: AssayEvent<'usage.charged'>[] } => {
  let state = program.empty();
  const emitted: AssayEvent<'usage.charged'>[] = [];
  for (const event of events) {
    state = stored({ ...state, received: program.evolveReceived(state.received, event) });
    for (const { data } of answers(program, state, config)) {
      const answer = charged(data);
      emitted.push(answer);
      state = stored({ ...state, emitted: program.evolveEmitted(state.emitted, answer) });
    }
  }
  return { state, emitted };
};

/** The events that the program would emit now. */
export const answers = (
  program: Decider<Received, Emitted, Config>,
  state: State<Received, Emitted>,
  config = noConfig,
): readonly (EventDraft & { readonly data: Plain<UsageCharged> })[] =>
  program.decide(state, { key: classified().subject, config, now: 0, jobs: [], marks: {} })
    .events as readonly (EventDraft & {
    readonly data: Plain<UsageCharged>;
  })[];

/** A state as a rebuild fills it: first with what was emitted, then with what was received. */
export const rebuilt = (
  program: Decider<Received, Emitted, Config>,
  received: readonly AnyEvent[],
  emitted: readonly AnyEvent[],
): State<Received, Emitted> => {
  const { received: nothingReceived, emitted: nothingEmitted } = program.empty();
  const known = emitted.reduce((state, event) => program.evolveEmitted(state, event), nothingEmitted);
  return stored({
    received: received.reduce((state, event) => program.evolveReceived(state, event), nothingReceived),
    emitted: known,
  });
};
