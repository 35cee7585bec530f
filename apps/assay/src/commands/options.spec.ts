import { expect, it } from 'vitest';
import { platformIn } from './options.ts';

it.each(['linux/arm64', 'linux/arm/v7', 'windows/amd64'])('%s is a platform', (text) =>
  expect(platformIn(text)).toBe(text),
);

it.each(['', 'linux', 'linux/', 'linux/arm/v7/x', 'linux arm64'])('%j is refused as a platform', (text) =>
  expect(() => platformIn(text)).toThrow(/A platform is a system and an architecture/),
);
