import { expect, it } from 'vitest';
import { startTelemetry } from '../start.ts';
import { measuredRequests } from './requests.ts';

it('labels requests with the template of their route, and with methods and statuses that there are', async () => {
  const telemetry = await startTelemetry({ version: '1', env: {}, metrics: { host: '127.0.0.1', port: 0 } });
  const answered = measuredRequests('toy');
  answered({ method: 'GET', route: '/things/:id', status: 200, seconds: 0.02 });
  answered({ method: 'GET', route: '/things/:id', status: 404, seconds: 3 });
  answered({ method: 'EVIL-1', status: 404, seconds: 0 });
  const text = await (await fetch(telemetry.metricsUrl!)).text();
  const counts = text.split('\n').filter((line) => line.startsWith('http_server_request_duration_seconds_count'));
  const count = (labels: string, value: number): string =>
    `http_server_request_duration_seconds_count{${labels},service="toy"} ${value}`;
  const things = (status: number): string =>
    `http_request_method="GET",http_response_status_code="${status}",http_route="/things/:id"`;
  expect(counts).toEqual([
    count(things(200), 1),
    count(things(404), 1),
    count('http_request_method="_OTHER",http_response_status_code="404"', 1),
  ]);
  await telemetry.shutdown();
});
