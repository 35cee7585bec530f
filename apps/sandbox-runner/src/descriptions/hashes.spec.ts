import { describe, expect, it } from 'vitest';
import { HashMap, hashOf, type Compared } from './hashes.ts';

const put = (map: HashMap, key: string, value: string, tag = ''): void => {
  map.set(hashOf(key), hashOf(value), hashOf(tag));
};

const compared = (map: HashMap, key: string, value: string, tag = ''): Compared | undefined =>
  map.compare(hashOf(key), hashOf(value), hashOf(tag));

describe('a map of hashes', () => {
  it('knows the last value of each key', () => {
    const map = new HashMap();
    expect(compared(map, 'a', '1')).toBeUndefined();
    put(map, 'a', '1');
    const [same, other] = [
      { isSame: true, hasTag: true },
      { isSame: false, hasTag: true },
    ];
    expect([compared(map, 'a', '1'), compared(map, 'a', '2'), compared(map, 'b', '1')]).toEqual([
      same,
      other,
      undefined,
    ]);
    put(map, 'a', '2', 'tag');
    expect([compared(map, 'a', '1', 'tag'), compared(map, 'a', '2', 'tag'), map.size]).toEqual([other, same, 1]);
    expect(compared(map, 'a', '2', 'another tag')).toEqual({ isSame: true, hasTag: false });
  });

  it('keeps all of them while it grows', () => {
    const map = new HashMap();
    const keys = Array.from({ length: 20_000 }, (_, n) => `CVE-2026-${n}`);
    for (const key of keys) put(map, key, `of ${key}`, `tag of ${key}`);
    expect(map.size).toBe(keys.length);
    const isKept = (key: string): boolean => {
      const found = compared(map, key, `of ${key}`, `tag of ${key}`);
      return found?.isSame === true && found.hasTag;
    };
    expect(keys.filter((key) => !isKept(key))).toEqual([]);
    expect(compared(map, 'CVE-2026-20000', '')).toBeUndefined();
  });
});
