/** The kinds of violations. */
export const faultKinds = ['lost', 'doubled', 'reordered', 'out of nowhere', 'stuck', 'wrong'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A violation, with the ids that prove it. */
export interface Fault {
  readonly kind: FaultKind;
  readonly detail: string;
}

/** Makes faults of one kind. */
export const faults =
  (kind: FaultKind) =>
  (details: readonly string[]): Fault[] =>
    details.map((each) => ({ kind, detail: each }));
