import {
  causeOf,
  unexpected,
  type AnyEvent,
  type AssayEvent,
  type Cause,
  type ChargeCorrected,
  type PeriodChanged,
  type EventFor,
} from '@assay/events';

/** A month that is being closed, or is closed. */
export interface Period extends Omit<PeriodChanged, 'period'> {
  /** When that was said. */
  readonly since: string;
}

export interface Correction extends Pick<ChargeCorrected, 'chargeId' | 'correctionId' | 'amount' | 'by' | 'why'> {
  /** Lower case. */
  readonly subscription: string;
  readonly cause: Cause;
}

/** What the config topics say that billing follows. */
export interface Config {
  readonly periods: ReadonlyMap<string, Period>;
  /** By digest, in the order in which they were made. */
  readonly corrections: ReadonlyMap<string, readonly Correction[]>;
  /** Names of subscriptions, by their id in lower case. */
  readonly names: ReadonlyMap<string, string>;
  /** Labels of registries, by their id in lower case. */
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Owners by the beginning of a repository's name. */
  readonly owners: ReadonlyMap<string, string>;
}

export const noConfig: Config = {
  periods: new Map(),
  corrections: new Map(),
  names: new Map(),
  labels: new Map(),
  owners: new Map(),
};

const withOne = <Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> =>
  new Map([...map, [key, value]]);

export const evolveConfig = (config: Config, event: EventFor<'billing', 'config'>): Config => {
  switch (event.topic) {
    case 'period.changed':
      return { ...config, periods: withPeriod(config.periods, event) };
    case 'charge.corrected': {
      const { digest, subscriptionId, chargeId, correctionId, amount, by, why } = event.data;
      const before = config.corrections.get(digest) ?? [];
      // A command that was sent again is the same command.
      if (before.some((one) => one.correctionId === correctionId)) return config;
      return {
        ...config,
        corrections: withOne(config.corrections, digest, [
          ...before,
          {
            chargeId,
            correctionId,
            amount,
            by,
            why,
            subscription: subscriptionId.toLowerCase(),
            cause: causeOf(event),
          },
        ]),
      };
    }
    case 'registry.observed': {
      const { registryId, subscriptionId, subscriptionName, tags } = event.data;
      // Charges outlive the registry: one that is removed keeps its labels.
      return {
        ...config,
        names: withOne(config.names, subscriptionId.toLowerCase(), subscriptionName),
        labels: withOne(config.labels, registryId.toLowerCase(), tags),
      };
    }
    case 'owners.changed':
      return { ...config, owners: new Map(Object.entries(event.data.owners)) };
    // Orders about parked events change no bill.
    case 'operator.acted':
      return config;
    default:
      return unexpected(event);
  }
};

/** What was closed stays closed, with the file that was kept first. */
const withPeriod = (
  periods: Config['periods'],
  { time, data: { period, ...emitted } }: AssayEvent<'period.changed'>,
): Config['periods'] => {
  const before = periods.get(period);
  return before?.state === 'closed' || before?.state === emitted.state
    ? periods
    : withOne(periods, period, { ...emitted, since: time });
};

/** Whether a config event changes an answer: names and labels are looked up by whoever reads. */
export const matters = ({ topic, data }: AnyEvent): boolean =>
  topic === 'charge.corrected' || (topic === 'period.changed' && (data as PeriodChanged).state === 'closing');
