import { expect, it } from 'vitest';
import { LateList } from './late-list.ts';

const found = (text: string, pieces: number): string | undefined => {
  const late = new LateList();
  const bytes = Buffer.from(text);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) late.write(bytes.subarray(at, at + size));
  return late.found;
};
const line = 'Package: libssl3\nStatus: install ok installed\nVersion: 1\n';

it('finds the status of an installed package anywhere, at any boundary of its pieces', () => {
  for (let pieces = 1; pieces <= 120; pieces += 1) expect(found(`${'x'.repeat(90)}\n${line}`, pieces)).toBe('dpkg');
  expect(found('STATUS:deinstall reinstreq installed\n', 1)).toBe('dpkg');
});

it('finds a name and a version of apk anywhere, in either order', () => {
  for (const text of ['C:Q1\nP:musl\nV:1.2.5-r0\n', 'C:Q1\nV:1.2.5-r0\nA:x86_64\nP:musl\n'])
    for (let pieces = 1; pieces <= 120; pieces += 1) expect(found(`${'x'.repeat(2_000)}\n${text}`, pieces)).toBe('apk');
});

it('finds none in a text about packages', () => {
  for (const text of [
    'it is installed',
    'Status: not installed',
    'if "install ok installed" in line:',
    ' installed',
    'Q:\nP:rose\n',
  ])
    expect(found(text, 1)).toBe(undefined);
});
