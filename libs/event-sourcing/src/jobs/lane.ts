/** Separates the lane of a job from those who share the lane. */
const separator = '|';

/**
 * A lane that is shared in turn: by the first name, then the second, then the rest, as by subscription, registry and
 * repository. Names but the last have no slash.
 */
export const sharedLane = (lane: string, names: readonly string[]): string => `${lane}${separator}${names.join('/')}`;

/** The lane without those who share it. */
export const laneOf = (lane: string): string => lane.split(separator, 1)[0] ?? lane;
