import { expect, it } from 'vitest';
import { LateList } from './late-list.ts';

const found = (text: string, pieces: number): boolean => {
  const late = new LateList();
  const bytes = Buffer.from(text);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) late.write(bytes.subarray(at, at + size));
  return late.found;
};
const line = 'Package: libssl3\nStatus: install ok installed\nVersion: 1\n';

it('finds the status of an installed package anywhere, at any boundary of its pieces', () => {
  for (let pieces = 1; pieces <= 120; pieces += 1) expect(found(`${'x'.repeat(90)}\n${line}`, pieces)).toBe(true);
  expect(found('STATUS:deinstall reinstreq installed\n', 1)).toBe(true);
});

it('finds none in a text about packages', () => {
  for (const text of ['it is installed', 'Status: not installed', 'if "install ok installed" in line:', ' installed'])
    expect(found(text, 1)).toBe(false);
});
