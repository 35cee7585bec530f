import { describe, expect, it } from 'vitest';
import { services } from '../../apps/assay/src/suite/services.ts';
import { read } from './files.ts';
import { gatewayFile, leadingTo, locations } from './gateway.ts';

/** recommendation's routes cover those of the others. */
const inOrder = services.toSorted((a, b) => Number(a.name === 'recommendation') - Number(b.name === 'recommendation'));

describe('the gateway', () => {
  it("knows the routes of all services, word for word, and recommendation's last", () => {
    const routes = inOrder.flatMap(({ name, routes: own }) =>
      own.map((route) => `${route.source} ${route.flags} ${name}`),
    );
    expect(locations.map(({ path, service }) => `${path.source} ${path.flags} ${service}`)).toEqual(routes);
  });

  it.each(leadingTo)('leads %s to %s', (path, service) => {
    expect(locations.find(({ path: expression }) => expression.test(path))?.service).toBe(service);
  });

  // gateway.int.spec.ts shows the effect of each directive in nginx itself.
  it('keeps no body, waits seconds for one, and bounds how many come at once', () => {
    const configuration = read(gatewayFile);
    const valuesOf = (directive: string): string[] =>
      [...configuration.matchAll(new RegExp(`^ *${directive} (.+);$`, 'gm'))].map(([, value]) => value!);
    expect(valuesOf('proxy_request_buffering')).toEqual(['off']);
    for (const directive of ['client_header_timeout', 'client_body_timeout'])
      expect(
        valuesOf(directive).map((value) => /^\ds$/.test(value)),
        directive,
      ).toEqual([true]);
    expect(valuesOf('client_max_body_size')).toEqual(['1m', '8m', '8m']);
    expect(valuesOf('limit_conn')).toHaveLength(3);
    expect(read('charts/assay/templates/gateway.yaml')).toContain('name: tmp, emptyDir: { sizeLimit: 16Mi }');
  });

  it('is where the Ingress leads', () => {
    const template = read('charts/assay/templates/gateway.yaml');
    expect(template.match(/service: \{ name: \S+/g)).toEqual(['service: { name: gateway,']);
    expect(template.match(/- path: .*/g)).toEqual(['- path: /']);
  });
});
