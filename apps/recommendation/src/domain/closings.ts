import { derivedId, isOf, isoTime, type AnyEvent, type AssayEvent, type DataOf } from '@assay/events';
import type { Census, EventDraft, Surveyed } from '@assay/event-sourcing/decider';

/** Closings for want of a tag that wait for an order. */
export interface HeldClosings {
  readonly gone: number;
  readonly known: number;
  /** The order that covers so many of them for a day from its time, ms since the epoch. */
  readonly order?: { readonly id: string; readonly at: number };
}

/** The held closings, by the target of their audit records. */
export type Config = Readonly<Record<string, HeldClosings>>;

export const dayMs = 24 * 60 * 60_000;
/** So many closings of a partition are plausible, at any share. */
const handful = 20;
const prefix = 'sweep/untagged-';
const targetOf = (partition: number): string => `${prefix}${partition}`;

const isAboutClosings = ({ command, target }: DataOf<'operator.acted'>): boolean =>
  command === 'sweep' && target.startsWith(prefix);

export const isOrder = (event: AnyEvent): boolean =>
  isOf(event, 'operator.acted') && isAboutClosings(event.data) && event.data.outcome === 'ordered';

export const evolveConfig = (config: Config, { id, time, data }: AssayEvent<'operator.acted'>): Config => {
  if (!isAboutClosings(data)) return config;
  const { [data.target]: held, ...others } = config;
  if (data.outcome === 'held') {
    const { gone = 0, known = 0 } = (data.details ?? {}) as Partial<HeldClosings>;
    return { ...others, [data.target]: { gone, known } };
  }
  if (data.outcome !== 'ordered') return others;
  return held ? { ...others, [data.target]: { ...held, order: { id, at: Date.parse(time) } } } : config;
};

/** Holds closings of more than a fifth of what is open in a partition, unless an order covers them. */
export const survey = (
  { open, ending, due }: Census,
  { config, partition, now }: { readonly config: Config; readonly partition: number; readonly now: number },
): Surveyed => {
  const held = config[targetOf(partition)];
  const reported = (outcome: string): Pick<Surveyed, 'report'> => ({
    report: reportOf({ partition, outcome, gone: ending, known: open, now, order: held?.order?.id }),
  });
  if (ending <= handful || ending * 5 <= open)
    return { isLet: due > 0, ...(held && reported(held.order ? 'swept' : 'released')) };
  const isCovered = held !== undefined && ending <= held.gone;
  if (isCovered && !held.order) return { isLet: false };
  return isCovered && now < (held.order?.at ?? 0) + dayMs ? { isLet: due > 0 } : { isLet: false, ...reported('held') };
};

const reportOf = ({
  partition,
  outcome,
  gone,
  known,
  now,
  order,
}: {
  readonly partition: number;
  readonly outcome: string;
  readonly gone: number;
  readonly known: number;
  readonly now: number;
  readonly order: string | undefined;
}): EventDraft => {
  const target = targetOf(partition);
  const id = derivedId(target, outcome, isoTime(now));
  const share = `${gone} of ${known} open recommendations on images without a tag`;
  return {
    topic: 'operator.acted',
    id,
    key: target,
    idempotencyKey: target,
    cause: { id: order ?? target, correlationid: id },
    data: {
      command: 'sweep',
      target,
      by: 'recommendation',
      why: outcome === 'held' ? `${share} would be closed within a day` : `${share} are closed within a day`,
      outcome,
      details: { gone, known },
    },
  };
};

/** Notes for operators about the closings that wait for an order. */
export const closingNotes = (config: Config): readonly string[] =>
  Object.entries(config).flatMap(([target, { gone, known, order }]) =>
    order === undefined
      ? `${gone} of ${known} open recommendations would be closed for want of a tag, and are held: ` +
        `\`assay sweep confirm ${target.slice('sweep/'.length)} --why …\` closes them`
      : [],
  );
