import { describe, expect, it } from 'vitest';
import { contradicts, fits, platformFrom, platformText, type PlatformName } from './platform.ts';

const named = (text: string): PlatformName => {
  const [os = '', architecture = '', variant = ''] = text.split('/');
  return { os, architecture, variant };
};

describe('the name of a platform', () => {
  it.each(['linux/amd64', 'linux/arm/v7', 'Windows/amd64', 'unknown/unknown'])('%s is read and written', (text) =>
    expect(platformText(platformFrom(text)!)).toBe(text),
  );

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/v7/x', 'linux/arm/', 'linux/am d64', `linux/${'a'.repeat(65)}`])(
    '%j is refused',
    (text) => expect(platformFrom(text)).toBeUndefined(),
  );

  it('has no empty parts', () => {
    expect(platformFrom('linux/arm64')).toEqual({ os: 'linux', architecture: 'arm64' });
    expect(platformText({ os: 'linux' })).toBe('linux');
    expect(platformText({})).toBe('');
  });
});

describe('two names of a platform', () => {
  it.each<[string, string]>([
    ['linux/amd64', 'windows/amd64'],
    ['linux/amd64', 'linux/arm64'],
    ['linux/arm64', 'unknown/unknown'],
    ['linux/386', 'linux/x86_64'],
  ])('%s contradicts %s', (one, other) => {
    expect(contradicts(named(one), named(other))).toBe(true);
    expect(contradicts(named(other), named(one))).toBe(true);
  });

  it.each<[string, string]>([
    ['linux/amd64', 'Linux/AMD64'],
    ['linux/amd64', 'linux/x86_64'],
    ['linux/arm64', 'linux/aarch64/v8'],
    ['linux/arm/v6', 'linux/arm/v7'],
    ['linux/arm64', 'linux'],
    ['linux/arm64', '/arm64'],
    ['linux/arm64', ''],
  ])('%s does not contradict %s', (one, other) => {
    expect(contradicts(named(one), named(other))).toBe(false);
    expect(contradicts(named(other), named(one))).toBe(false);
  });
});

describe('a wanted platform', () => {
  it.each<[string, string, boolean]>([
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm', 'linux/arm/v6', true],
    ['linux/arm/v7', 'linux/arm', true],
    ['linux/arm/7', 'linux/arm/v7', true],
    ['linux/arm/v7', 'linux/armhf', true],
    ['linux/arm/v6', 'linux/armel', true],
    ['linux/arm/v6', 'linux/arm', false],
    ['linux/arm/v7', 'linux/arm/v6', false],
    ['linux/amd64/v3', 'linux/amd64', false],
    ['linux/amd64', 'linux/arm64', false],
    ['windows/amd64', 'linux/amd64', false],
    ['linux/amd64', 'unknown/unknown', false],
    ['linux/amd64', '', true],
    ['linux/riscv64/a', 'linux/riscv64', false],
  ])('%s: an image of %s fits is %s', (wanted, image, is) => expect(fits(named(wanted), named(image))).toBe(is));
});
