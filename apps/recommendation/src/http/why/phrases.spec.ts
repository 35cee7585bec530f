import { expect, it } from 'vitest';
import { agoText, bytesText, counted, durationText, listed, platformText, severityText } from './phrases.ts';

it.each([
  [0, '0 milliseconds'],
  [-5, '0 milliseconds'],
  [1, '1 millisecond'],
  [1_999, '1 second'],
  [3 * 60_000 + 59_000, '3 minutes'],
  [2 * 3_600_000, '2 hours'],
  [27.9 * 24 * 3_600_000, '27 days'],
])('a duration of %i ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

it('a moment is just now, and not later than that', () => {
  const now = Date.parse('2026-11-24T09:00:00.000Z');
  expect(agoText('2026-11-24T09:00:03.000Z', now)).toBe('just now');
  expect(agoText('2026-11-24T08:59:59.500Z', now)).toBe('just now');
  expect(agoText('2026-11-24T08:57:00.000Z', now)).toBe('3 minutes ago');
});

it.each([
  [900, '0.9 kB'],
  [3_631_088, '3.6 MB'],
  [2_500_000_000, '2.5 GB'],
])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

it('a list is cut where it would be too long to read', () => {
  expect(listed(['a', 'b'])).toBe('a, b');
  expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

it('counts have the plural of their noun', () =>
  expect([counted(0, 'package'), counted(1, 'package'), counted(2, 'package')]).toEqual([
    '0 packages',
    '1 package',
    '2 packages',
  ]));

it('a platform has a name, even if the image gives none', () =>
  expect([platformText({ os: 'linux', architecture: 'arm', variant: 'v7' }), platformText({})]).toEqual([
    'linux/arm/v7',
    'an unnamed platform',
  ]));

it('severities are named from the worst on', () =>
  expect(severityText({ Critical: 1, High: 0, Medium: 2, Low: 0, Unknown: 3 })).toBe(
    '1 critical, 2 medium, 3 of unknown severity',
  ));
