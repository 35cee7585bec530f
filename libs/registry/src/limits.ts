const MiB = 1024 ** 2;

/** Limits for content of a registry. They hold regardless of the sizes that a manifest declares. */
export const limits = {
  manifestBytes: 4 * MiB,
  configBytes: 8 * MiB,
  /** Tokens and error envelopes. */
  answerBytes: 256 * 1024,
  /** One page of Azure Resource Manager. */
  armPageBytes: 8 * MiB,
  layers: 200,
  indexEntries: 200,
  totalBytes: 20 * 1024 * MiB,
  redirects: 3,
  /** Pages of one listing, so that a listing without end is not followed for ever. */
  pages: 10_000,
  jsonDepth: 64,
} as const;
