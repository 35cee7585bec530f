/** Decides how much of the long checks runs. */
export interface Draw {
  readonly seed: number;
  /** All of each, instead of a share that the seed draws. */
  readonly all: boolean;
}

/** A check: an npm script and its arguments. Its output counts passes and failures, or its exit status does. */
export interface CheckStep {
  readonly script: string;
  readonly what: string;
  readonly args?: (draw: Draw) => readonly string[];
  /** Variables of its environment. */
  readonly env?: (draw: Draw) => Readonly<Record<string, string>>;
}

/** In the order in which they begin: several are under way at once, so what takes longest goes first. */
export const steps: readonly CheckStep[] = [
  {
    script: 'test',
    what: 'tests that need nothing but Node and pip',
    env: ({ all }): Readonly<Record<string, string>> =>
      all ? { ASSAY_LONG_SHARE: '1' } : { ASSAY_LONG_FILES: '0.25' },
  },
  {
    script: 'test:services',
    what: 'tests with Kafka, Redis, registries and other programs',
    env: ({ all }) => ({ ASSAY_LONG_SHARE: all ? '1' : '0.3' }),
  },
  {
    script: 'test:sandbox',
    what: 'attacks on each sandbox, and each wall taken away',
    args: ({ all, seed }) => (all ? [] : ['--share', '0.1', '--seed', `${seed}`]),
  },
  {
    script: 'test:hostile',
    what: 'hostile registries, images, scanners and requests',
    args: ({ all, seed }) => (all ? [] : ['--share', '0.05', '--seed', `${seed}`]),
  },
  {
    script: 'test:torment',
    what: 'processes under kill -9',
    args: ({ all, seed }) => ['--minutes', all ? '1' : '0.5', '--seed', `${seed}`],
  },
  {
    script: 'test:simulation',
    what: 'the services in virtual time, with faults of every kind',
    args: ({ all, seed }) => ['--schedules', all ? '20000' : '1000', '--seed', `${seed}`],
  },
  {
    script: 'test:fuzz-api',
    what: 'whatever the API document allows, and what it does not',
    args: ({ all, seed }) => [
      '--seed',
      '1',
      ...(all ? [] : ['--examples', '10', '--share', '0.2', '--draw', `${seed}`]),
    ],
  },
  {
    script: 'fuzz',
    what: 'bytes of strangers, changed at random',
    args: ({ all }) => ['--turns', all ? '2' : '1', '--seed', '1'],
  },
  {
    script: 'test:portal',
    what: 'each page of the portal in a browser, and each of its states',
    args: ({ all, seed }) => (all ? [] : ['--share', '0.15', '--seed', `${seed}`]),
  },
  {
    script: 'test:sdk',
    what: 'the official Azure clients',
    env: ({ all }): Readonly<Record<string, string>> => (all ? {} : { ASSAY_LONG_SHARE: '0.33' }),
  },
  { script: 'test:rules', what: 'the alerts, by promtool: each fires at its fault, and is quiet just below' },
  { script: 'lint', what: 'oxlint with types, and the types of tests' },
];

/**
 * Only where everything is done. Not here is what asks for time of one's own: many minutes of torment and fuzz, 100,000
 * schedules, gVisor, which Go builds first.
 */
export const moreSteps: readonly CheckStep[] = [
  { script: 'test:simulation', what: 'mistakes that the simulation must find', args: () => ['--mutants'] },
  { script: 'test:clock', what: 'the tests as if on other days' },
  { script: 'test:chart', what: 'what the chart renders, before a real API server' },
  { script: 'test:images', what: 'the container images, built and run' },
  {
    script: 'test:greedy',
    what: 'callers that ask for too much, while images are pushed',
    args: () => ['--seconds', '30'],
  },
];
