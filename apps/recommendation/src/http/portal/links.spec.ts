import { describe, expect, it } from 'vitest';
import { dashboardsIn, tracesIn } from './links.ts';

describe('links to the tools of an operator', () => {
  it('are none without a setting', () => {
    expect(dashboardsIn(undefined, 'ASSAY_DASHBOARDS_URL')).toBeUndefined();
    expect(tracesIn(undefined, 'ASSAY_TRACES_URL')).toBeUndefined();
  });

  it.each([
    'https://traces.example.com/trace/{traceId}',
    'http://127.0.0.1:16686/trace/{traceId}?x=1',
    'https://grafana.example.com/explore?left={"queries":[{"query":"{traceId}"}]}',
  ])('take %s', (address) => {
    expect(tracesIn(` ${address} `, 'ASSAY_TRACES_URL')).toBe(address);
  });

  it.each([
    ['https://traces.example.com/trace/', 'give {traceId} once'],
    ['https://traces.example.com/{traceId}/{traceId}', 'give {traceId} once'],
    ['https://{traceId}.example.com/', '{traceId} must follow the host'],
    ['javascript:alert("{traceId}")', 'give an address that begins with https:// or http://'],
    ['/trace/{traceId}', 'give an address'],
    ['https://ana:secret@traces.example.com/{traceId}', 'give an address'],
  ])('refuse %s for a trace', (address, message) => {
    expect(() => tracesIn(address, 'ASSAY_TRACES_URL')).toThrow(message);
  });

  it.each(['dashboards', 'data:text/html,x', 'https://a:b@boards.example.com'])(
    'refuse %s for dashboards',
    (address) => {
      expect(() => dashboardsIn(address, 'ASSAY_DASHBOARDS_URL')).toThrow('ASSAY_DASHBOARDS_URL');
    },
  );
});
