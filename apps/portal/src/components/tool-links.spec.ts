import { describe, expect, it } from 'vitest';
import { pageAddress, traceAddress, viewerAddress } from './tool-links.ts';

const pattern = 'https://traces.test/jaeger/trace/{traceId}?uiEmbed=v0';

describe('addresses of the tools of an operator', () => {
  it('have the id of the trace in its place', () => {
    expect(traceAddress(pattern, '4bf92f3577b34da6a3ce929d0e0e4736')).toBe(
      'https://traces.test/jaeger/trace/4bf92f3577b34da6a3ce929d0e0e4736?uiEmbed=v0',
    );
    expect(traceAddress(pattern, '../$&/x?y#z')).toBe(
      'https://traces.test/jaeger/trace/..%2F%24%26%2Fx%3Fy%23z?uiEmbed=v0',
    );
    expect(viewerAddress(pattern)).toBe('https://traces.test/');
  });

  it('are none without a setting, and none that is no page', () => {
    for (const given of [undefined, 'javascript:alert(1)', 'data:text/html,x', '/trace/{traceId}', '']) {
      expect(pageAddress(given)).toBeUndefined();
      expect(traceAddress(given, 'a')).toBeUndefined();
      expect(viewerAddress(given)).toBeUndefined();
    }
  });
});
