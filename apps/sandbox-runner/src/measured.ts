import type { RunnerState } from '@assay/event-sourcing';
import { measuredRegistries, type RegistryPauses } from '@assay/registry';
import { gauge } from '@assay/telemetry';

const service = 'sandbox-runner';

const states = ['stands', 'missing'] as const;
const whats = ['memory', 'processes', 'processor', 'end'] as const;

/** Digits of the digest of a scanner that name its build in a label. */
const buildDigits = 12;

/** Publishes which walls of the sandbox stand. Returns a function that ends this. */
export const measuredWalls = (walls: RunnerState['walls']): (() => void) =>
  gauge('sandbox.walls', service).watch((observe) => {
    for (const { name, stands } of walls)
      for (const state of states) observe(Number(stands === (state === 'stands')), { wall: name, state });
  });

/**
 * Publishes the state of a runner as metrics: the same state that it reports with its readiness. Among it is whether
 * its pulls reach all registries: it may be cut off alone.
 *
 * @returns a function that ends this
 */
export const measuredRunner = (
  runner: () => RunnerState,
  isRecalled: () => boolean,
  pauses: RegistryPauses,
): (() => void) => {
  const ends = [
    measuredWalls(runner().walls),
    measuredRegistries(service, pauses),
    gauge('scanner.info', service).watch((observe) => {
      const { version, digest } = runner().scanner;
      observe(1, { version, build: digest.replace(/^sha256:/, '').slice(0, buildDigits) });
    }),
    gauge('scanner.recalled', service).watch((observe) => observe(Number(isRecalled()))),
    gauge('sandbox.slots', service).watch((observe) => {
      const { used, of } = runner().slots;
      observe(used, { state: 'used' });
      observe(of - used, { state: 'free' });
    }),
    gauge('sandbox.bounded_by', service).watch((observe) => {
      const { bounds } = runner();
      for (const what of whats) observe(1, { what, by: bounds[what] });
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};
