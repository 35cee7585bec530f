/** A kind of failure, by the part of the environment that failed. */
export type FailureKind = 'environment' | 'store' | 'log' | 'blob' | 'registry' | 'scanner' | 'internal';

const byName: readonly (readonly [pattern: RegExp, kind: FailureKind])[] = [
  [/kafka/i, 'log'],
  [/redis|reply/i, 'store'],
  [/registry/i, 'registry'],
  [/sandbox|scanner/i, 'scanner'],
  [/blob|restError/i, 'blob'],
];

/** The kind of a failure, as far as the class of the error shows it. A system's own code is the environment. */
export const failureKind = (error: unknown): FailureKind => {
  if (!(error instanceof Error)) return 'internal';
  const named = byName.find(([pattern]) => pattern.test(error.name) || pattern.test(error.constructor.name));
  return (
    named?.[1] ?? (/^E[A-Z0-9]+$/.test(String((error as NodeJS.ErrnoException).code)) ? 'environment' : 'internal')
  );
};
