import { Map as ImmutableMap } from 'immutable';
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

/** A month that is closed or being closed. */
export interface Period extends Omit<PeriodChanged, 'period'> {
  /** Time of the event. */
  readonly since: string;
}

export interface Correction extends Pick<ChargeCorrected, 'chargeId' | 'correctionId' | 'amount' | 'by' | 'why'> {
  /** Lower case. */
  readonly subscription: string;
  readonly cause: Cause;
}

/** Fold of the config topics that billing follows. */
export interface Config {
  readonly periods: ImmutableMap<string, Period>;
  /** By digest, in the order of the log. */
  readonly corrections: ImmutableMap<string, readonly Correction[]>;
  /** By subscription id in lower case. */
  readonly names: ImmutableMap<string, string>;
  /** By registry id in lower case. */
  readonly labels: ImmutableMap<string, Readonly<Record<string, string>>>;
  /** By prefix of the repository name. */
  readonly owners: ReadonlyMap<string, string>;
}

export const noConfig: Config = {
  periods: ImmutableMap(),
  corrections: ImmutableMap(),
  names: ImmutableMap(),
  labels: ImmutableMap(),
  owners: new Map(),
};

export const evolveConfig = (config: Config, event: EventFor<'billing', 'config'>): Config => {
  switch (event.topic) {
    case 'period.changed':
      return { ...config, periods: withPeriod(config.periods, event) };
    case 'charge.corrected': {
      const { digest, subscriptionId, chargeId, correctionId, amount, by, why } = event.data;
      const before = config.corrections.get(digest) ?? [];
      // A command sent twice has the same id, and counts once.
      if (before.some((one) => one.correctionId === correctionId)) return config;
      return {
        ...config,
        corrections: config.corrections.set(digest, [
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
      // Charges outlive their registry, so a removed registry keeps its labels.
      return {
        ...config,
        names: config.names.set(subscriptionId.toLowerCase(), subscriptionName),
        labels: config.labels.set(registryId.toLowerCase(), tags),
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

/** A closed period stays closed, with the file published first. */
const withPeriod = (
  periods: Config['periods'],
  { time, data: { period, ...emitted } }: AssayEvent<'period.changed'>,
): Config['periods'] => {
  const before = periods.get(period);
  return before?.state === 'closed' || before?.state === emitted.state
    ? periods
    : periods.set(period, { ...emitted, since: time });
};

/** True if a config event may lead to new charges. Names and labels are looked up when a bill is read. */
export const matters = ({ topic, data }: AnyEvent): boolean =>
  topic === 'charge.corrected' || (topic === 'period.changed' && (data as PeriodChanged).state === 'closing');
