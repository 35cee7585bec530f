/** A violated invariant and its evidence. */
export interface Broken {
  readonly invariant: string;
  readonly detail: string;
}
