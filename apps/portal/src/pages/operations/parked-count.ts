/** A process of a service, with the events that the whole service has parked. */
interface Counted {
  readonly name: string;
  /** Absent while it is not known. */
  readonly parked?: number | undefined;
}

/** Parked events of all services, each counted once for all of its processes; undefined while one is not known. */
export const parkedIn = (processes: readonly Counted[]): number | undefined => {
  const counts = [...new Map(processes.map(({ name, parked }) => [name, parked])).values()];
  return counts.reduce<number | undefined>(
    (sum, parked) => (sum === undefined || parked === undefined ? undefined : sum + parked),
    0,
  );
};
