/** Places of values on an axis that begins at zero, or at a least value if it is logarithmic. */
export interface Scale {
  readonly ticks: readonly number[];
  /** Part of the axis, from 0 at its foot to 1 at its top. */
  at(value: number): number;
}

const steps = [1, 2, 2.5, 5, 10];

/** An axis from zero with at most four whole steps, of which the last is not below the greatest value. */
export const linearScale = (greatest: number): Scale => {
  const least = Math.max(1, greatest) / 3;
  const magnitude = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, (steps.find((one) => one * magnitude >= least) ?? 10) * magnitude);
  const whole = Number.isInteger(step) ? step : Math.ceil(step);
  const count = Math.max(1, Math.ceil(Math.max(1, greatest) / whole));
  const top = whole * count;
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => index * whole),
    at: (value) => Math.min(1, Math.max(0, value / top)),
  };
};

/** Seconds that a reader knows: from one second to a week. */
const spans = [1, 10, 60, 900, 3600, 21_600, 86_400, 604_800];

/** A logarithmic axis of seconds, on which a second and fifteen minutes can both be read. */
export const secondsScale = (greatest: number): Scale => {
  const top = spans.find((span) => span > Math.max(900, greatest)) ?? 604_800;
  return {
    ticks: spans.filter((span) => span <= top),
    at: (seconds) => Math.min(1, Math.max(0, Math.log(Math.max(1, seconds)) / Math.log(top))),
  };
};

/** Points of a line, with a gap where a value is not known. Each part is a list of `[x, y]`, both from 0 to 1. */
export const lineParts = (
  values: readonly (number | undefined)[],
  scale: Scale,
): readonly (readonly (readonly [number, number])[])[] => {
  const parts: (readonly [number, number])[][] = [];
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      isOpen = false;
      continue;
    }
    const point = [(index + 0.5) / values.length, 1 - scale.at(value)] as const;
    if (isOpen) parts.at(-1)?.push(point);
    else parts.push([point]);
    isOpen = true;
  }
  return parts;
};

/** The foot and the height of each part of a column, from the axis up; an unknown value takes no room. */
export const stackOf = (
  values: readonly (number | undefined)[],
  scale: Scale,
): readonly { readonly foot: number; readonly height: number }[] => {
  let sum = 0;
  return values.map((value = 0) => {
    const foot = scale.at(sum);
    sum += value;
    return { foot, height: scale.at(sum) - foot };
  });
};
