import { isDeepStrictEqual } from 'node:util';
import type { App } from '@assay/events';
import { channelOf, isOf, targetIn, topicsOfProcessor, stepOf, type Target } from '@assay/events';
import type { Decider, State } from '@assay/event-sourcing';
import { apps, services } from '../services/services.ts';
import { inEmittedOrder, short, type EndFacts, type Invariant, type Emitted } from './facts.ts';

type Known = Map<string, State<never, never>>;

/** A record that a service reported as dropped. The event in it may be unreadable, or have no id. */
interface Dropped extends Target {
  readonly key: string;
  readonly id?: string;
}

/** The record that an event reports as dropped, if it does. */
export const droppedIn = (event: Emitted): readonly Dropped[] => {
  if (!isOf(event, 'operator.acted') || event.data.outcome !== 'dropped') return [];
  const target = targetIn(event.data.target);
  return target ? [{ ...target, ...(event.data.details as { key: string; id?: string }) }] : [];
};

/**
 * The state that a service must have of a partition. It is the compacted fold of the received events and of the drops
 * by an operator, topic by topic and each at its place, and of the emitted events in their order.
 */
const foldOf = (
  program: Decider<never, never, never>,
  events: readonly Emitted[],
  dropped: readonly Dropped[],
): Known => {
  const ids = new Set(dropped.flatMap(({ id }) => id ?? []));
  const known: Known = new Map();
  const change = (key: string, to: (state: State<never, never>) => State<never, never>): void => {
    known.set(key, to(known.get(key) ?? program.empty()));
  };
  for (const topic of stepOf(program.app).consumes) {
    const received = events.filter((event) => channelOf(event.topic) === topic && !ids.has(event.id));
    const drops = dropped.filter((each) => each.topic === topic);
    for (const each of [...received, ...drops].toSorted((a, b) => a.offset - b.offset)) {
      if ('subject' in each)
        change(each.subject, (state) => ({ ...state, received: program.evolveReceived(state.received, each) }));
      else if (known.has(each.key) && program.evolveDropped)
        change(each.key, (state) => ({ ...state, received: program.evolveDropped!(state.received, topic) }));
    }
  }
  const own = topicsOfProcessor(program.app);
  for (const event of inEmittedOrder(events.filter(({ topic }) => own.includes(channelOf(topic)))))
    change(event.subject, ({ received, emitted }) => ({ received, emitted: program.evolveEmitted(emitted, event) }));
  const { compact } = program;
  return compact ? new Map([...known].map(([key, state]) => [key, compact(state)])) : known;
};

/** A note is work data, and a tally is for metrics: both are not part of any fold. */
const withoutNote = (text: string): string => {
  if (!text.includes('"note"') && !text.includes('"tally"')) return text;
  const { note: _note, tally: _tally, ...halves } = JSON.parse(text) as State<unknown, unknown>;
  return JSON.stringify(halves);
};

/** The store of every partition, as text, with the fold that it must equal. */
const compared = function* ({
  events,
  stores,
  records,
}: EndFacts): Iterable<{ app: App; partition: number; stored: ReadonlyMap<string, string>; folded: Known }> {
  const byPartition = Map.groupBy(events, ({ partition }) => partition);
  const dropped = events.flatMap(droppedIn);
  for (const app of apps) {
    for (let partition = 0; partition < records.partitions; partition += 1) {
      // The store knows events that the log lacks, and reports it.
      if (stores[app].rows(partition).head.standstill) continue;
      const stored = new Map(
        [...stores[app].rows(partition).states.values()].map(({ key, state }) => [key, withoutNote(state)]),
      );
      yield {
        app,
        partition,
        stored,
        folded: foldOf(
          services[app].program,
          byPartition.get(partition) ?? [],
          dropped.filter((each) => each.app === app && each.partition === partition),
        ),
      };
    }
  }
};

export const storesAreFolds: Invariant = {
  name: 'the store equals the fold of the log',
  *broken(facts) {
    for (const { app, partition, stored, folded } of compared(facts)) {
      const own = topicsOfProcessor(services[app].program.app);
      for (const key of new Set([...stored.keys(), ...folded.keys()])) {
        // A broker that leaves out as many offsets as it lost hides from the owner that its own event is missing.
        if (own.some((topic) => facts.records.hasHidden(topic, partition, key))) continue;
        const [is, expected] = [stored.get(key), folded.has(key) ? JSON.stringify(folded.get(key)) : undefined];
        // Usually the texts are equal; if only the order of fields differs, they are compared field by field.
        if (is !== expected && !isDeepStrictEqual(parsed(is), parsed(expected)))
          yield `${app}/${partition} of ${short(key)}: ${is ?? 'nothing'} instead of ${expected ?? 'nothing'}`;
      }
    }
  },
};

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** No decider has an event to emit when it is asked again about every key. */
export const nothingIsLeftToEmit: Invariant = {
  name: 'what should have been said was said',
  *broken(facts) {
    for (const app of apps) {
      const program = services[app].program as unknown as Decider<unknown, unknown, unknown>;
      const config = facts.events
        .filter(({ topic }) => stepOf(app).config.includes(topic))
        .reduce((known, event) => program.evolveConfig(known, event, event.offset), program.noConfig);
      for (let partition = 0; partition < facts.records.partitions; partition += 1) {
        const { head, states } = facts.stores[app].rows(partition);
        const { marks = {}, dropped = [], behindMark = [] } = head;
        const { received: _received, ...ownMarks } = marks;
        if (program.mark?.({ config, marks })) yield `${app}/${partition} has yet to say a mark`;
        for (const { key, state: text } of states.values()) {
          const state = JSON.parse(text) as State<unknown, unknown>;
          const { events } = program.decide(state, {
            key,
            config,
            now: facts.now,
            jobs: [],
            receivedUntil: facts.now,
            // No received mark covers a key of which an event was dropped.
            marks: dropped.includes(key) ? ownMarks : marks,
            isBehindMark: behindMark.includes(key),
            note: state.note,
          });
          for (const { topic } of events) yield `${app}/${partition} has yet to say ${topic} about ${short(key)}`;
        }
      }
    }
  },
};
