import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';

/** Selects how values of a kind of instrument are added up over time: a metric reader, or its exporter. */
interface TemporalitySelector {
  selectAggregationTemporality(type: InstrumentType): AggregationTemporality;
}

/**
 * Makes a reader or an exporter forget gauges that have no value any more. Under cumulative temporality the SDK repeats
 * the last value of an observable gauge for ever, so that an unknown value would look known. The protocols have no
 * temporality of gauges, so nothing else changes.
 *
 * @param selector changed in place
 */
export const forgettingGauges = <Selector extends TemporalitySelector>(selector: Selector): Selector => {
  const select = selector.selectAggregationTemporality.bind(selector);
  selector.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : select(type);
  return selector;
};
