import { shortly } from '../place.ts';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Each number that differs, as `<where>: <asked>, and the log gives <judged>`. */
export const differences = (asked: unknown, judged: unknown, where = ''): string[] => {
  if (isObject(asked) && isObject(judged))
    return [...new Set([...Object.keys(judged), ...Object.keys(asked)])].flatMap((name) =>
      differences(asked[name], judged[name], where === '' ? name : `${where}: ${shortly(name)}`),
    );
  const [one, other] = [asked, judged].map((value) => JSON.stringify(value) ?? 'nothing');
  return one === other ? [] : [`${where}: ${one}, and the log gives ${other}`];
};
