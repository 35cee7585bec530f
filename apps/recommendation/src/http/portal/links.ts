import { SettingError } from '@assay/settings';

/** The place of the id in the address of a trace. */
export const traceIdPlace = '{traceId}';

/** Tools of an operator beside Assay, to which the portal links. */
export interface ToolLinks {
  /** Address of the dashboards. */
  readonly dashboards?: string;
  /** Address of a trace, with `{traceId}` in the place of its id. */
  readonly traces?: string;
}

const checked = (name: string, address: string): string => {
  const url = URL.parse(address);
  // A browser follows the link: nothing but a page, and no password in it.
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new SettingError(`${name} is '${address}': give an address that begins with https:// or http://`);
  return address;
};

/** @throws SettingError if the text is no address of a page */
export const dashboardsIn = (text: string | undefined, name: string): string | undefined =>
  text === undefined ? undefined : checked(name, text.trim());

/** @throws SettingError if the text is no address of a page, or has not one place for the id of a trace */
export const tracesIn = (text: string | undefined, name: string): string | undefined => {
  if (text === undefined) return undefined;
  const address = text.trim();
  if (address.split(traceIdPlace).length !== 2)
    throw new SettingError(
      `${name} is '${address}': give ${traceIdPlace} once, as in https://traces.example.com/trace/${traceIdPlace}`,
    );
  if (URL.parse(address)?.host.includes('{') === true)
    throw new SettingError(`${name} is '${address}': ${traceIdPlace} must follow the host`);
  return checked(name, address);
};
