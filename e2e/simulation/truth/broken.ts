/** What did not hold, and what shows it. */
export interface Broken {
  readonly invariant: string;
  readonly detail: string;
}
