/** State that a member reports to the group when it joins. */
export interface MemberClaim {
  readonly member: string;
  /** Partition numbers that it owns now. */
  readonly holds: readonly number[];
  /**
   * The generation of the group that assigned them: a member that was away for a while claims numbers that now belong
   * to others.
   */
  readonly generation: number;
}

/**
 * Assigns partition numbers: the same for all topics, evenly, and with few moves. Each member keeps its numbers up to
 * its share. Of two claims to the same number, the one of the later generation wins.
 */
export const assign = (claims: readonly MemberClaim[], partitions: number): ReadonlyMap<string, readonly number[]> => {
  const members = claims.toSorted((a, b) => (a.member < b.member ? -1 : 1));
  const holder = new Map<number, MemberClaim>();
  for (const claim of members) {
    for (const number of claim.holds)
      if (number < partitions && claim.generation > (holder.get(number)?.generation ?? -1)) holder.set(number, claim);
  }
  const held = (claim: MemberClaim): number[] =>
    [...holder]
      .filter(([, by]) => by === claim)
      .map(([number]) => number)
      .toSorted((a, b) => a - b);
  // Members that hold the most get the larger shares, or a number would move needlessly.
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
