/** Azure writes times with seven fractional digits; clients cut them to milliseconds. */
export const armTime = (iso: string): string => {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(iso) ?? [];
  return seconds === undefined ? iso : `${seconds}.${fraction.slice(0, 7).padEnd(7, '0')}Z`;
};
