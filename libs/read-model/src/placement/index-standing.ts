import { severities, type Facts } from '@assay/events';
import { contradicts, fits, isUnknownPlatform, type PlatformName } from './platform.ts';
import type { PlacementState } from './placement.ts';
import { countsIn, isApplicable, shownStatuses, type ShownStatus, type StatusWithReason } from './status.ts';

/** Manifests that lie deeper below an index count as images without any event. */
export const mostNested = 3;

/** A child of an index: what the index claims of it, what its own manifest shows, and the status of its placement. */
export interface ListedChild extends Pick<PartOfIndex, 'status' | 'reason' | 'image'> {
  /** The platform by which runtimes choose the child. */
  readonly claimed: PlatformName;
  /** Absent while its manifest was not read. */
  readonly facts: Facts | undefined;
  readonly deleted: boolean;
}

/** The part that a child has in the standing of its index. */
export interface PartOfIndex extends StatusWithReason {
  /** The image that a part stands for: itself, or the worst of an index. Absent without any event of it. */
  readonly image?: PlacementState;
  /** The platform for which a runtime may choose it; empty if neither the index nor the config names one. */
  readonly platform: PlatformName;
  /** Why it does not count for the index. */
  readonly leftOut?: string;
  /** Why it may be another thing than it seems. Then nothing but its findings counts. */
  readonly unclear?: string;
}

const isWindows = ({ os }: PlatformName): boolean => os?.toLowerCase() === 'windows';

const platformOf = ({ claimed, facts }: ListedChild): PlatformName => {
  const [os, architecture] = [claimed.os || facts?.os, claimed.architecture || facts?.architecture];
  const variant = claimed.architecture ? claimed.variant : facts?.variant;
  return { ...(os ? { os } : {}), ...(architecture ? { architecture } : {}), ...(variant ? { variant } : {}) };
};

/**
 * Why a child does not count for its index. The child's own manifest must prove it, because a mark in the index is a
 * word of the pusher. Some runtimes ignore the types of layers, so these prove something only of a child for
 * `unknown/unknown`, which no runtime chooses.
 */
const reasonToLeaveOut = ({ claimed, facts, deleted }: ListedChild): string | undefined => {
  if (deleted) return 'image-deleted';
  if (!facts) return undefined;
  if (facts.cannotRun === 'config-type' || (facts.cannotRun !== undefined && isUnknownPlatform(claimed)))
    return `not-a-container-image/${facts.kind}`;
  return isWindows(claimed) && isWindows(facts) ? 'windows-image' : undefined;
};

/** Why the index and the child's own manifest do not fit together, or do not show whether the child can run. */
const doubtAbout = ({ claimed, facts }: ListedChild): string | undefined => {
  if (!facts) return undefined;
  if (!['image', 'index'].includes(facts.kind)) return 'kind-unclear';
  return contradicts(claimed, facts) || isWindows(facts) ? 'platform-unclear' : undefined;
};

/** A child about which there is a doubt is neither healthy nor irrelevant. */
const doubted: readonly ShownStatus[] = ['healthy', 'not-applicable'];

/** The part of a child in the standing of its index. Lists, statuses and the gate all use it. */
export const partOf = (child: ListedChild): PartOfIndex => {
  const { status, reason, facts, image } = child;
  const its = image ? { image } : {};
  const own = { status, ...(reason ? { reason } : {}), ...its };
  const platform = platformOf(child);
  const leftOut = reasonToLeaveOut(child);
  if (leftOut !== undefined) return { ...own, platform, leftOut };
  // The topics of a child may arrive before its push, without which it cannot be compared.
  if (!facts && status === 'healthy') return { status: 'queued', platform, ...its };
  const unclear = doubtAbout(child);
  if (unclear === undefined) return { ...own, platform };
  return doubted.includes(status)
    ? { status: 'undetermined', reason: unclear, platform, unclear, ...its }
    : { ...own, platform, unclear };
};

/** A part that does not count, and why. */
export type LeftOutPart<P extends PartOfIndex> = P & { readonly leftOut: string };

export interface Answering<P extends PartOfIndex> {
  readonly counted: readonly P[];
  readonly leftOut: readonly LeftOutPart<P>[];
}

/**
 * Splits the parts of an index into those that answer for it and those that do not. A wanted platform narrows to the
 * images that a runtime may choose for it. If it has none but what is never assessed, that answers.
 */
export const answering = <P extends PartOfIndex>(parts: readonly P[], wanted?: PlatformName): Answering<P> => {
  const asked = wanted ? parts.filter(({ platform }) => fits(wanted, platform)) : parts;
  const assessed = asked.filter(({ leftOut }) => leftOut === undefined);
  const counted =
    assessed.length > 0 || !wanted ? assessed : asked.filter(({ leftOut }) => leftOut !== 'image-deleted');
  return {
    counted,
    leftOut: parts
      .filter((part) => !counted.includes(part))
      .map((part) => ({ ...part, leftOut: part.leftOut ?? 'other-platform' })),
  };
};

/** Reasons of an index of which nothing counts. Without any of them it lists no image. */
const reasonsOfNone: readonly string[] = ['windows-image', 'image-deleted'];

/** Numbers of findings, the worst severity first; below all others if they are not known. */
const found = ({ image }: PartOfIndex): readonly number[] => {
  const counts = image && isApplicable(image) ? countsIn(image)?.bySeverity : undefined;
  return severities.map((severity) => counts?.[severity] ?? -1);
};

const worstFirst = (a: PartOfIndex, b: PartOfIndex): number => {
  const more = found(b).map((count, at) => count - (found(a)[at] ?? 0));
  return shownStatuses.indexOf(a.status) - shownStatuses.indexOf(b.status) || more.find((each) => each !== 0) || 0;
};

/** The standing of an index is that of its worst child that answers for it: by status, then by its findings. */
export const indexStanding = (parts: readonly PartOfIndex[]): Pick<PartOfIndex, 'status' | 'reason' | 'image'> => {
  const { counted, leftOut } = answering(parts);
  const [worst] = counted.toSorted(worstFirst);
  if (worst) {
    const { status, reason, image } = worst;
    return { status, ...(reason ? { reason } : {}), ...(image ? { image } : {}) };
  }
  const reason = reasonsOfNone.find((each) => leftOut.some((part) => part.leftOut === each)) ?? 'empty-index';
  return { status: 'not-applicable', reason };
};
