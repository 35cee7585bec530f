import { assign, type Claim } from './assigner.ts';
import type { GroupMember } from './internals.ts';
import { kafkajs } from './kafkajs.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** The name of our way of sharing out: members that share out otherwise cannot join the same group. */
export const protocolName = 'assay-same-numbers';
const version = 1;

/** What a member says of itself when it joins. */
export const describeMember = (topics: readonly string[], holds: readonly number[], generation: number): Buffer =>
  MemberMetadata.encode({ version, topics: [...topics], userData: Buffer.from(JSON.stringify({ holds, generation })) });

const claimOf = ({ memberId, memberMetadata }: GroupMember): Claim => {
  const none = { member: memberId, holds: [], generation: -1 };
  try {
    const { userData } = MemberMetadata.decode(memberMetadata)!;
    return { ...none, ...(JSON.parse(userData.toString()) as Pick<Claim, 'holds' | 'generation'>) };
  } catch {
    // A member of another version: it gets its share of what is left.
    return none;
  }
};

/** What the leader of a group sends to each member: its numbers, the same for every topic. */
export const shareOut = (
  members: readonly GroupMember[],
  topics: readonly string[],
  partitions: number,
): { memberId: string; memberAssignment: Buffer }[] =>
  [...assign(members.map(claimOf), partitions)].map(([memberId, numbers]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version,
      assignment: Object.fromEntries(topics.map((topic) => [topic, [...numbers]])),
      userData: Buffer.alloc(0),
    }),
  }));

/** The numbers that a member got. */
export const numbersIn = (assignment: Buffer, topics: readonly string[]): readonly number[] =>
  assignment.length === 0 ? [] : (MemberAssignment.decode(assignment)?.assignment[topics[0]!] ?? []);
