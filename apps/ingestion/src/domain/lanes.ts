/** Each registry has a lane of its own, and one behind it for what was answered in vain already. */
export const inspectionLane = (loginServer: string): string => `inspect/${loginServer.toLowerCase()}`;
export const lateLane = (loginServer: string): string => `backfill/${loginServer.toLowerCase()}`;

export const isLateLane = (lane: string): boolean => lane.startsWith('backfill/');
