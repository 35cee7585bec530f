import { readJson } from '@assay/http';
import type { GridEvent } from './grid-event.ts';
import { isObject, textOf } from './notification.ts';

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const textIn = (headers: Headers, name: string): string | undefined => textOf([headers[name] ?? []].flat()[0]);

const json = (text: string | undefined): unknown => {
  try {
    return readJson(text ?? '');
  } catch {
    return undefined;
  }
};

/** Attributes in headers may be percent-encoded. */
const decoded = (text: string | undefined): string | undefined => {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
};

const dataOf = (event: Record<string, unknown>): unknown =>
  typeof event.data_base64 === 'string'
    ? json(Buffer.from(event.data_base64, 'base64').toString('utf8'))
    : typeof event.data === 'string'
      ? json(event.data)
      : event.data;

const eventOf = (event: unknown): GridEvent[] => {
  if (!isObject(event) || event.specversion !== '1.0') return [];
  const [id, type, about] = [textOf(event.id), textOf(event.type), textOf(event.source)];
  return id && type && about
    ? [{ sender: 'cloud-event', id, type, about, time: event.time, data: dataOf(event), body: event }]
    : [];
};

/** Binary mode: attributes in headers, the data as the body. */
const binary = (headers: Headers, body: unknown): GridEvent[] => {
  const attribute = (name: string) => decoded(textIn(headers, `ce-${name}`));
  return eventOf({
    specversion: attribute('specversion'),
    id: attribute('id'),
    type: attribute('type'),
    source: attribute('source'),
    time: attribute('time'),
    data: body,
  });
};

/** True if a request carries CloudEvents under any content type: one in headers, one as an object, or a list. */
export const isCloudEvents = (headers: Headers, body: unknown): boolean =>
  headers['ce-specversion'] !== undefined ||
  /^application\/cloudevents/i.test(textIn(headers, 'content-type') ?? '') ||
  [body].flat().some((each) => isObject(each) && 'specversion' in each);

/** Reads CloudEvents 1.0. Returns `undefined` if any of them is invalid. */
export const readCloudEvents = (headers: Headers, body: unknown): GridEvent[] | undefined => {
  if (headers['ce-specversion'] !== undefined) {
    const events = binary(headers, body);
    return events.length === 1 ? events : undefined;
  }
  const all: unknown[] = [body].flat();
  const events = all.flatMap(eventOf);
  return events.length === all.length ? events : undefined;
};
