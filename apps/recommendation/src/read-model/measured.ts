import { meter } from '@assay/telemetry';
import type { View } from './read-model.ts';

/** Publishes the latency of knowledge as a metric. Returns a function that ends this. */
export const measuredKnowledge = (view: Pick<View, 'knowledge'>): (() => void) => {
  const gauge = meter().createObservableGauge('assay.advisories.latency', {
    description:
      'From the build of the newest vulnerability database until the last image was assessed with it, or until now',
    unit: 's',
  });
  const observe = async (result: { observe(value: number): void }): Promise<void> => {
    // A view that is closing, or is rebuilt, has no figure.
    const knowledge = await view.knowledge().catch(() => undefined);
    if (knowledge && !knowledge.database.demonstration) result.observe(knowledge.latencySeconds);
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
};
