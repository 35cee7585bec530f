/** Each registry has its own lane, and a second one behind it for pushes that were already answered with an error. */
export const inspectionLane = (loginServer: string): string => `inspect/${loginServer.toLowerCase()}`;
export const lateLane = (loginServer: string): string => `backfill/${loginServer.toLowerCase()}`;

export const isLateLane = (lane: string): boolean => lane.startsWith('backfill/');
