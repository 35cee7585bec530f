import { describe, expect, it } from 'vitest';
import { catalogue, type Metric } from './catalogue.ts';
import { prometheusLabel, prometheusName } from './prometheus-name.ts';

const entries: readonly (readonly [string, Metric])[] = Object.entries(catalogue);

/** Names of labels that would have a value for each image or vulnerability. */
const unbounded = /digest|repositor|vulnerab|cve|image|tag|finding/i;

describe('the catalogue of metrics', () => {
  it.each(entries)(
    '%s has a description, and a unit of its kind',
    (_name, { kind, unit, description, bounds, instances }) => {
      expect(description).toMatch(/^[A-Z1]/);
      expect(description).not.toMatch(/\.$/);
      // A gauge without a unit is a flag. Prometheus would name a flag of unit 1 a ratio.
      expect(unit ?? 'flag').toMatch(kind === 'gauge' ? /^(s|By|1|flag|\{\w+\})$/ : /^(s|\{\w+\})$/);
      expect(bounds !== undefined).toBe(kind === 'histogram');
      expect(instances !== undefined).toBe(kind === 'gauge');
      expect(bounds?.toSorted((a, b) => a - b)).toEqual(bounds);
    },
  );

  it.each(entries)('%s has no label with a value for each image or vulnerability', (_name, { labels }) => {
    for (const [label, values] of Object.entries(labels)) {
      expect(label).not.toMatch(unbounded);
      expect(label).not.toBe('service');
      expect(values.length).toBeGreaterThan(0);
    }
  });

  it('names each metric once in Prometheus', () => {
    const names = entries.map(([name, metric]) => prometheusName(name, metric));
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['assay.pushes', 'assay_pushes_total'],
    ['assay.push.duration', 'assay_push_duration_seconds'],
    ['assay.jobs.age', 'assay_jobs_age_seconds'],
    ['assay.up', 'assay_up'],
    ['assay.sandbox.bounded_by', 'assay_sandbox_bounded_by'],
    ['nodejs.eventloop.utilization', 'nodejs_eventloop_utilization_ratio'],
    ['v8js.memory.heap.used', 'v8js_memory_heap_used_bytes'],
  ] as const)('calls %s %s in Prometheus', (name, expected) =>
    expect(prometheusName(name, catalogue[name])).toBe(expected),
  );

  it('names labels as Prometheus does', () =>
    expect(prometheusLabel('http.response.status_code')).toBe('http_response_status_code'));
});
