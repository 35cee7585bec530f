import { assign, type MemberClaim } from './assigner.ts';
import type { GroupMember } from '../client/internals.ts';
import { kafkajs } from '../client/kafkajs.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** Name of our assignment protocol: members with another protocol cannot join the same group. */
export const protocolName = 'assay-same-numbers';
const version = 1;

/** The metadata that a member sends when it joins. */
export const describeMember = (topics: readonly string[], holds: readonly number[], generation: number): Buffer =>
  MemberMetadata.encode({ version, topics: [...topics], userData: Buffer.from(JSON.stringify({ holds, generation })) });

const claimOf = ({ memberId, memberMetadata }: GroupMember): MemberClaim => {
  const none = { member: memberId, holds: [], generation: -1 };
  try {
    const metadata = MemberMetadata.decode(memberMetadata);
    if (!metadata) return none;
    return { ...none, ...(JSON.parse(metadata.userData.toString()) as Pick<MemberClaim, 'holds' | 'generation'>) };
  } catch {
    // A member of another version: it gets a share of the remaining numbers.
    return none;
  }
};

/** The leader's assignment for each member: its numbers, the same for every topic. */
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

/** The numbers assigned to a member. */
export const numbersIn = (assignment: Buffer, [topic]: readonly string[]): readonly number[] =>
  assignment.length === 0 || topic === undefined ? [] : (MemberAssignment.decode(assignment)?.assignment[topic] ?? []);
