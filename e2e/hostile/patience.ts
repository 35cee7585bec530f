/**
 * An input that has not ended after this time is given up. Its duration is not judged, because it depends on the load
 * of the machine.
 */
export const patienceMs = 10 * 60_000;
