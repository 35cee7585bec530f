import { parse, stringify } from 'yaml';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** One minute of a rule is one second of the test. */
const factor = 60;

/** A condition holds at least as long, so that one slow answer of a busy machine is no fault. */
const leastWaitMs = 3_000;

const scaledMs = (duration: string): number => {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(duration)!;
  return (Number(count) * unitSeconds[unit!]! * 1000) / factor;
};
const scaled = (duration: string): string => `${scaledMs(duration)}ms`;

/** Gauges of a wait of minutes and hours. Their limits are shortened, too; those of seconds are not. */
const waitings = ['assay_jobs_age', 'assay_sweep_age', 'assay_database_failing', 'assay_database_held'];

/** The same expression with its windows, and limits of waiting, sixty times shorter. */
export const shortenedExpression = (promql: string): string => {
  const windows = promql
    .replaceAll(
      /\[(\d+[smhdw])(:(\d+[smhdw]))?\]/g,
      (_, window: string, _sub?: string, step?: string) =>
        `[${scaled(window)}${step === undefined ? '' : `:${scaled(step)}`}]`,
    )
    .replaceAll(/\boffset (\d+[smhdw])\b/g, (_, offset: string) => `offset ${scaled(offset)}`);
  return waitings.some((name) => promql.includes(name))
    ? windows.replaceAll(
        /([<>]=?) (\d+(?:\.\d+)?)/g,
        (_, sign: string, limit: string) => `${sign} ${Number(limit) / factor}`,
      )
    : windows;
};

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly { readonly expr: string; readonly for?: string }[];
  }[];
}

/** The rules of Prometheus with all their times sixty times shorter, as YAML. */
export const shortenedRules = (yaml: string): string =>
  stringify({
    groups: (parse(yaml) as Rules).groups.map(({ rules, name }) => ({
      name,
      rules: rules.map((rule) => ({
        ...rule,
        expr: shortenedExpression(rule.expr),
        ...(rule.for === undefined ? {} : { for: `${Math.max(leastWaitMs, scaledMs(rule.for))}ms` }),
      })),
    })),
  });
