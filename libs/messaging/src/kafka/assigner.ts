/** What a member of a group tells the others when it joins. */
export interface Claim {
  readonly member: string;
  /** Partition numbers that it works on now. */
  readonly holds: readonly number[];
  /**
   * The generation of the group in which it got them: a member that was away for a while claims what others have by
   * now.
   */
  readonly generation: number;
}

/**
 * Shares out partition numbers: the same numbers for all topics, as evenly as may be, and with as few moves as may be.
 * Each member keeps what it holds up to its share; of two that claim the same number, the one that got it later has it.
 */
export const assign = (claims: readonly Claim[], partitions: number): ReadonlyMap<string, readonly number[]> => {
  const members = claims.toSorted((a, b) => (a.member < b.member ? -1 : 1));
  const holder = new Map<number, Claim>();
  for (const claim of members) {
    for (const number of claim.holds)
      if (number < partitions && claim.generation > (holder.get(number)?.generation ?? -1)) holder.set(number, claim);
  }
  const held = (claim: Claim): number[] =>
    [...holder]
      .filter(([, by]) => by === claim)
      .map(([number]) => number)
      .toSorted((a, b) => a - b);
  // Those who hold most have the larger shares, or a number would move for nothing.
  const byHolding = members
    .map((claim) => ({ claim, holds: held(claim) }))
    .toSorted((a, b) => b.holds.length - a.holds.length);
  const shares = byHolding.map(({ claim, holds }, index) => {
    const share = Math.floor(partitions / members.length) + (index < partitions % members.length ? 1 : 0);
    return { member: claim.member, numbers: holds.slice(0, share), share };
  });
  const taken = new Set(shares.flatMap(({ numbers }) => numbers));
  const free = Array.from({ length: partitions }, (_, number) => number).filter((number) => !taken.has(number));
  for (const { numbers, share } of shares) numbers.push(...free.splice(0, share - numbers.length));
  return new Map(shares.map(({ member, numbers }) => [member, numbers.toSorted((a, b) => a - b)]));
};
