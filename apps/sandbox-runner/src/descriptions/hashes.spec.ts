import { describe, expect, it } from 'vitest';
import { HashMap } from './hashes.ts';

describe('a map of hashes', () => {
  it('knows the last value of each key', () => {
    const map = new HashMap();
    expect(map.compare('a', '1')).toBe('unknown');
    map.set('a', '1');
    expect([map.compare('a', '1'), map.compare('a', '2'), map.compare('b', '1')]).toEqual(['same', 'other', 'unknown']);
    map.set('a', '2');
    expect([map.compare('a', '1'), map.compare('a', '2'), map.size]).toEqual(['other', 'same', 1]);
  });

  it('keeps all of them while it grows', () => {
    const map = new HashMap();
    const keys = Array.from({ length: 20_000 }, (_, n) => `CVE-2026-${n}`);
    for (const key of keys) map.set(key, `of ${key}`);
    expect(map.size).toBe(keys.length);
    expect(keys.filter((key) => map.compare(key, `of ${key}`) !== 'same')).toEqual([]);
    expect(map.compare('CVE-2026-20000', '')).toBe('unknown');
  });
});
