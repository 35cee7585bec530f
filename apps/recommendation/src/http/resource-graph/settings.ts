import { wholeNumberIn } from '@assay/messaging';

/** Limits of queries. Provide it under this class; otherwise the defaults apply. */
export class GraphSettings {
  /** Time limit of a query. */
  readonly limitMs: number = 5_000;
  /** Calls of one user within `quotaWindowMs`. */
  readonly quota: number = 15;
  readonly quotaWindowMs: number = 5_000;
  readonly mostBytes: number = 16 << 20;
  /** Memory for all queries together, separate from the read model's. */
  readonly memoryMb: number = 400;

  constructor(emitted: Partial<GraphSettings> = {}) {
    Object.assign(this, emitted);
  }
}

const mostMinutes = 10;
/** A terabyte is a typing mistake. Below 64 MB the index of a few findings does not fit. */
const [mostMb, leastMb] = [1 << 20, 64];

/**
 * The read model's own memory limit, in MB.
 * @throws SettingError
 */
export const viewMemoryIn = (env: Readonly<Record<string, string | undefined>>): number =>
  wholeNumberIn(env, 'ASSAY_VIEW_MB', 400, mostMb, leastMb);

/**
 * Reads the limits from the environment.
 * @throws SettingError
 */
export const graphSettingsIn = (env: Readonly<Record<string, string | undefined>>): GraphSettings => {
  const { limitMs, quota, quotaWindowMs, mostBytes, memoryMb } = new GraphSettings();
  return new GraphSettings({
    limitMs: wholeNumberIn(env, 'ASSAY_QUERY_MS', limitMs, mostMinutes * 60_000),
    quota: wholeNumberIn(env, 'ASSAY_QUERY_QUOTA', quota, 1_000_000),
    quotaWindowMs: wholeNumberIn(env, 'ASSAY_QUERY_QUOTA_SECONDS', quotaWindowMs / 1000, 3600) * 1000,
    mostBytes: wholeNumberIn(env, 'ASSAY_QUERY_BYTES', mostBytes, 256 << 20),
    memoryMb: wholeNumberIn(env, 'ASSAY_QUERY_MB', memoryMb, mostMb, leastMb),
  });
};
