import { at } from '@assay/events';
import type { Logged } from '@assay/read-model/intake/history';
import type { AppliedObstacle } from './obstacles.ts';

/** An event that a step rests on, and its place in the log. */
export interface StepEvent {
  readonly topic: string;
  readonly id: string;
  readonly time: string;
  readonly partition: number;
  readonly offset: number;
  readonly cause?: string;
}

/** A step from the notification to the charge. */
export interface WhyStep {
  readonly step: 'notification' | 'push' | 'verdict' | 'scan' | 'classification' | 'recommendation' | 'charge';
  readonly title: string;
  readonly details: readonly string[];
  /** Time of its newest event. Absent if there is no event. */
  readonly time?: string;
  readonly events: readonly StepEvent[];
  /** The fields of the event, without those that every event repeats, and without findings and packages. */
  readonly facts?: object;
  /** The obstacles to healthy that applied, in their order. */
  readonly obstacles?: readonly AppliedObstacle[];
  /** The rules that disabled findings, each with their number. */
  readonly exemptions?: readonly { readonly ruleId: string; readonly findings: number }[];
}

/** Parts of the chain that need a permission of their own. */
export interface MayRead {
  readonly charges: boolean;
  readonly plans: boolean;
  readonly rules: boolean;
}

export const lastOf = <Item>(list: readonly Item[]): Item => at(list, list.length - 1);

const refOf = ({ event: { topic, id, time, causationid }, partition, offset }: Logged): StepEvent => ({
  topic,
  id,
  time,
  partition,
  offset,
  ...(causationid ? { cause: causationid } : {}),
});

const repeated: ReadonlySet<string> = new Set([
  'subscriptionId',
  'registryId',
  'loginServer',
  'repository',
  'digest',
  'page',
  'pages',
  'findings',
  'removed',
  'ruled',
  'layers',
  'packages',
  'body',
]);
const factsOf = (data: object): object =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !repeated.has(name)));

/** A step that rests on events; the facts are those of the last one. */
export const step = (
  name: WhyStep['step'],
  title: string,
  details: readonly (string | false | undefined)[],
  events: readonly Logged[],
): WhyStep => {
  const last = events.at(-1);
  return {
    step: name,
    title,
    details: details.filter((detail) => typeof detail === 'string'),
    ...(last ? { time: last.event.time, facts: factsOf(last.event.data) } : {}),
    events: events.map(refOf),
  };
};
