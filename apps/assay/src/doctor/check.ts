/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'could-be-better' | 'bad';
  readonly found: string;
  /** What could be done, a sentence each. */
  readonly remedies?: readonly string[];
  /** More, for machines. */
  readonly details?: object;
}

export interface Examination {
  readonly canScan: boolean;
  readonly checks: readonly Check[];
}
