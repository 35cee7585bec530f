const MiB = 1024 ** 2;

/** What is taken from a registry at most. Sizes in a manifest are claims; these hold whatever it claims. */
export const limits = {
  manifestBytes: 4 * MiB,
  configBytes: 8 * MiB,
  /** Tokens and error envelopes. */
  answerBytes: 256 * 1024,
  layers: 200,
  indexEntries: 200,
  totalBytes: 20 * 1024 * MiB,
  redirects: 3,
  /** Pages of one listing: a registry that never stops listing must not hold us for ever. */
  pages: 10_000,
  jsonDepth: 64,
} as const;
