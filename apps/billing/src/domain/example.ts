import { definitionOf, type AnyEvent, type AssayEvent, type FindingClassified, type UsageCharged } from '@assay/events';
import type { EventDraft, Decider, State } from '@assay/event-sourcing';
import { noConfig, type Config } from './config.ts';
import type { Received, Emitted } from './state.ts';

/** Event data without its class, so that a test may change a copy. */
type Plain<Data> = Pick<Data, keyof Data>;

/** What tests tell the program: the golden example, changed where a test says so. */
export const classified = (
  data: Partial<FindingClassified> = {},
  attributes: Partial<AnyEvent> = {},
): AssayEvent<'finding.classified'> => {
  const whole = {
    ...(definitionOf('finding.classified')!.examples[1] as unknown as Plain<FindingClassified>),
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

/** A state is told to a store as JSON: what does not survive that does not count. */
const stored = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

/** Lives through events as a partition worker does: hears each, asks the question, says the answers. */
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

/** What the program would say now. */
export const answers = (
  program: Decider<Received, Emitted, Config>,
  state: State<Received, Emitted>,
  config = noConfig,
): readonly (EventDraft & { readonly data: Plain<UsageCharged> })[] =>
  program.decide(state, { key: classified().subject, config, now: 0, jobs: [] }).events as readonly (EventDraft & {
    readonly data: Plain<UsageCharged>;
  })[];

/** Fills an empty state as a rebuild does: first what was said, then what was heard. */
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
