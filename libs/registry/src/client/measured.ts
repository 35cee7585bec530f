import { gauge } from '@assay/telemetry';
import type { RegistryPauses } from './pauses.ts';

/**
 * Publishes for one service whether it reaches its registries: the gauge `assay.up` of `registry`, 0 while a registry
 * counts as away for images, and absent while nothing is known.
 *
 * @param service value of the label `service`
 * @param areReached what is known besides, undefined for nothing; by default whether a registry has answered for an
 *   image
 * @returns a function that ends this
 */
export const measuredRegistries = (
  service: string,
  pauses: Pick<RegistryPauses, 'away' | 'hasAnswered'>,
  areReached: () => boolean | undefined = () => pauses.hasAnswered || undefined,
): (() => void) =>
  gauge('up', service).watch((observe) => {
    const reached = pauses.away > 0 ? false : areReached();
    if (reached !== undefined) observe(Number(reached), { what: 'registry' });
  });
