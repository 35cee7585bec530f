import { describe, expect, it } from 'vitest';
import { suggestionsAt } from './language.ts';

const labels = (before: string): readonly string[] | undefined =>
  suggestionsAt(before)?.options.map(({ label }) => label);

describe('suggestions in a query', () => {
  it('are tables at its beginning, and where a table is joined', () => {
    expect(labels('sec')).toContain('securityresources');
    expect(labels('resources\n| join kind=inner (')).toContain('resourcecontainers');
  });

  it('are operators after a pipe', () => {
    expect(labels('securityresources\n| ')).toContain('summarize');
    expect(labels('securityresources\n| ')).not.toContain('id');
    expect(suggestionsAt('securityresources | wh')?.from).toBe('securityresources | '.length);
  });

  it('are columns, members and functions elsewhere', () => {
    const all = labels('securityresources | where prop') ?? [];
    expect(all).toContain('properties.status.code');
    expect(all).toContain('tostring');
    expect(suggestionsAt('securityresources | where properties.sta')?.from).toBe('securityresources | where '.length);
  });

  it('are types in quotes only where a type is compared', () => {
    expect(labels('securityresources | where type == "micro')).toContain('microsoft.security/pricings');
    expect(labels('securityresources | where name == "micro')).toBeUndefined();
    expect(labels("securityresources | where name == 'a' and ")).toContain('name');
  });

  it('are none in a comment', () => {
    expect(labels('securityresources // all of ')).toBeUndefined();
    expect(labels('securityresources // all of\n| ')).toContain('where');
  });
});
