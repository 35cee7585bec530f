import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { channelOf, topicsOfProcessor, stepOf, type AnyEvent, type App } from '@assay/events';
import type { Decider } from '@assay/event-sourcing';

/** The result of a decider on the story: its version, and a checksum of every state on the way, with its summary. */
export interface Made {
  readonly stateVersion: number;
  readonly states: string;
}

export interface Recorded {
  /** Checksum of the story. Another story gives other states, with the same folds. */
  readonly story: string;
  readonly programs: Readonly<Record<string, Made>>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Events of one image, recorded once: each keyed event's example, one per value of its closed lists, one without each
 * optional field, and paged sets. Events may be appended but never changed, as in a log.
 */
const storyFile = resolve(import.meta.dirname, 'story.json');
const recordedFile = resolve(import.meta.dirname, 'states.json');

export const story = (): readonly AnyEvent[] =>
  (JSON.parse(readFileSync(storyFile, 'utf8')) as Omit<AnyEvent, 'subject' | 'source'>[]).map((event) => ({
    ...event,
    subject: (event.data as { digest?: string }).digest ?? 'none',
    source: '/assay/story',
  }));

export const recorded = (): Recorded => JSON.parse(readFileSync(recordedFile, 'utf8')) as Recorded;

/** Sorts fields, so that the order in which a fold writes them does not matter. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, inOrder(one)]),
  );
};

/** Folds an event. A fold that refuses it leaves the state as it was: a service parks the event. */
const foldedOrRefused = <Half>(half: Half, fold: () => Half): Half => {
  try {
    return fold();
  } catch {
    return half;
  }
};

/** Applies the whole story to a decider. */
export const madeBy = (
  { app, stateVersion, empty, evolveReceived, evolveEmitted, compact, summarise }: Decider<never, never, never>,
  events = story(),
): Made => {
  const [consumed, produced] = [stepOf(app as App).consumes, topicsOfProcessor(app as App)];
  let { received, emitted } = empty();
  const states: string[] = [];
  for (const event of events) {
    const topic = channelOf(event.topic);
    if (consumed.includes(topic)) received = foldedOrRefused(received, () => evolveReceived(received, event));
    if (produced.includes(topic)) emitted = foldedOrRefused(emitted, () => evolveEmitted(emitted, event));
    const stored = compact ? compact({ received, emitted }) : { received, emitted };
    const summary = summarise?.(stored);
    states.push(sha256(JSON.stringify(inOrder(stored)) + (summary ?? '')));
  }
  return { stateVersion, states: sha256(states.join('\n')) };
};

export const make = (programs: readonly Decider<never, never, never>[]): Recorded => ({
  story: sha256(readFileSync(storyFile, 'utf8')),
  programs: Object.fromEntries(programs.map((program) => [program.app, madeBy(program)])),
});

/** Deciders whose states differ from those recorded for the same version, a line each. */
export const unraised = (before: Recorded, now: Recorded): string[] =>
  Object.entries(now.programs).flatMap(([app, { stateVersion, states }]) => {
    const known = before.programs[app];
    if (known === undefined || before.story !== now.story || stateVersion > known.stateVersion) return [];
    if (stateVersion < known.stateVersion)
      return [
        `${app}: stateVersion ${stateVersion} is below ${known.stateVersion}, which was used: versions only grow`,
      ];
    return states === known.states
      ? []
      : [
          `${app} makes other states of the same events than before: raise its stateVersion above ` +
            `${stateVersion}, so that the states that lie in stores are made anew`,
        ];
  });
