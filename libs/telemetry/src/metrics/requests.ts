import { histogram } from './instruments.ts';

/** One answered HTTP request. */
export interface AnsweredRequest {
  readonly method: string;
  /** Template of the route, such as `/assay/images/:digest`. Absent if no route matched. */
  readonly route?: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** The methods that OpenTelemetry's conventions know. A client may send any other text. */
const methods = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY', 'TRACE'];

/**
 * Measures the requests that a service answers, by OpenTelemetry's conventions for HTTP. A path is never a label, only
 * the template of its route.
 */
export const measuredRequests = (service: string): ((answered: AnsweredRequest) => void) => {
  const duration = histogram('http.server.request.duration', service);
  return ({ method, route, status, seconds }) =>
    duration.record(seconds, {
      'http.request.method': methods.includes(method) ? method : '_OTHER',
      'http.response.status_code': String(status),
      ...(route === undefined ? {} : { 'http.route': route }),
    });
};
