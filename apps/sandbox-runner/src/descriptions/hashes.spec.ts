import { describe, expect, it } from 'vitest';
import { HashMap } from './hashes.ts';

describe('a map of hashes', () => {
  it('knows the last value of each key', () => {
    const map = new HashMap();
    expect(map.compare('a', '1')).toBeUndefined();
    map.set('a', '1');
    const [same, other] = [
      { isSame: true, hasTag: true },
      { isSame: false, hasTag: true },
    ];
    expect([map.compare('a', '1'), map.compare('a', '2'), map.compare('b', '1')]).toEqual([same, other, undefined]);
    map.set('a', '2', 'tag');
    expect([map.compare('a', '1', 'tag'), map.compare('a', '2', 'tag'), map.size]).toEqual([other, same, 1]);
    expect(map.compare('a', '2', 'another tag')).toEqual({ isSame: true, hasTag: false });
  });

  it('keeps all of them while it grows', () => {
    const map = new HashMap();
    const keys = Array.from({ length: 20_000 }, (_, n) => `CVE-2026-${n}`);
    for (const key of keys) map.set(key, `of ${key}`, `tag of ${key}`);
    expect(map.size).toBe(keys.length);
    const isKept = (key: string): boolean => {
      const compared = map.compare(key, `of ${key}`, `tag of ${key}`);
      return compared?.isSame === true && compared.hasTag;
    };
    expect(keys.filter((key) => !isKept(key))).toEqual([]);
    expect(map.compare('CVE-2026-20000', '')).toBeUndefined();
  });
});
