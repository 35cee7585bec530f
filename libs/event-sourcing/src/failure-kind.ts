/** The part that failed. `environment` is the machine, `internal` a fault of the program. */
export type FailureKind = 'environment' | 'store' | 'log' | 'blob' | 'registry' | 'scanner' | 'internal';

/** Names of errors of libraries that this one does not use. */
const byName: Readonly<Record<string, FailureKind>> = {
  RegistryError: 'registry',
  SandboxError: 'scanner',
  ScannerError: 'scanner',
  ReportError: 'scanner',
  LayoutError: 'scanner',
  DatabaseError: 'scanner',
};

/** Codes of our errors, by their beginnings or in full. */
const byCode: readonly (readonly [RegExp, FailureKind])[] = [
  [/^(kafka-|topic-mismatch$|log-changed$|older-log$|record-too-large$)/, 'log'],
  [/^(redis-|state-|read-model-|not-whole$|fenced$)/, 'store'],
  [/^blobs?-/, 'blob'],
  [/^sweep-/, 'registry'],
  // The data folder, what a scan needs of the machine, and the codes of the operating system.
  [/^(data-|folder-in-use$|disk-full$|files-exhausted$|system-failed$|E[A-Z0-9]+$|UND_ERR_)/, 'environment'],
];

/** An error may be caused by one that is caused by it. */
const mostCauses = 10;

/**
 * The kind of a failure, by the name and the code of the error, or of the first of its causes that has one.
 * Anything else is `internal`.
 */
export const failureKind = (thrown: unknown): FailureKind => {
  let error = thrown;
  for (let depth = 0; depth < mostCauses && error instanceof Error; depth += 1) {
    const { name, code, cause } = error as Error & { readonly code?: unknown };
    const kind = Object.hasOwn(byName, name)
      ? byName[name]
      : typeof code === 'string'
        ? byCode.find(([pattern]) => pattern.test(code))?.[1]
        : undefined;
    if (kind) return kind;
    error = cause;
  }
  return 'internal';
};
