interface Dated {
  /** By the registry, ms since the epoch. */
  readonly atMs: number;
  /** By the clock of the process, which is never set, ms. */
  readonly steadyMs: number;
}

/** A registry may have set its clock since, which only another answer shows, ms. */
const validForMs = 20 * 60_000;

/** The time by each registry, in its last answer that succeeded. */
const dated = new Map<string, Dated>();

/** @param date the header `Date` of an answer, if it has one */
export const noticeDate = (host: string, date: string | string[] | undefined): void => {
  const atMs = Date.parse([date].flat()[0] ?? '');
  if (!Number.isNaN(atMs)) dated.set(host, { atMs, steadyMs: performance.now() });
};

/** The present time by a registry that has answered this process lately, ms since the epoch. */
export const registryTime = (host: string): number | undefined => {
  const { atMs, steadyMs } = dated.get(host) ?? { atMs: 0, steadyMs: -Infinity };
  const ageMs = performance.now() - steadyMs;
  return ageMs < validForMs ? atMs + ageMs : undefined;
};

/** The present time by each registry that has answered this process lately. */
export const registryTimes = (): { readonly what: string; readonly atMs: number }[] =>
  [...dated.keys()].flatMap((host) => {
    const atMs = registryTime(host);
    return atMs === undefined ? [] : [{ what: `by ${host} it is`, atMs }];
  });
