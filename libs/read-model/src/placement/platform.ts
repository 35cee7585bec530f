import type { IndexChild } from '@assay/events';

/** A platform as an index, a config or a request names it. Parts may be missing. */
export type PlatformName = Pick<IndexChild, 'os' | 'architecture' | 'variant'>;

const part = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** Reads `os/architecture[/variant]`, such as `linux/arm64` or `linux/arm/v7`; undefined for any other text. */
export const platformFrom = (text: string): PlatformName | undefined => {
  const parts = text.split('/');
  if (parts.length < 2 || parts.length > 3 || !parts.every((each) => part.test(each))) return undefined;
  const [os, architecture, variant] = parts;
  return { ...(os ? { os } : {}), ...(architecture ? { architecture } : {}), ...(variant ? { variant } : {}) };
};

export const platformText = ({ os, architecture, variant }: PlatformName): string =>
  [os, architecture, variant].filter(Boolean).join('/');

/** Other names of architectures, which runtimes take for the same. */
const aliases: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  i386: ['386'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** The variant that an architecture has if none is named. */
const usualVariants: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

/** The same platform in one spelling. A missing part is empty. */
export const normalPlatform = ({ os = '', architecture = '', variant = '' }: PlatformName): Required<PlatformName> => {
  const written = architecture.toLowerCase();
  const [name, implied = ''] = aliases[written] ?? [written];
  const named = (variant.toLowerCase() || implied).replace(/^(?=\d)/, 'v');
  return { os: os.toLowerCase(), architecture: name, variant: named || (usualVariants[name] ?? '') };
};

/** True for the platform that builders name for what no runtime may choose. */
export const isUnknownPlatform = ({ os, architecture }: PlatformName): boolean =>
  os === 'unknown' && architecture === 'unknown';

/**
 * True if two names contradict each other in their system or their architecture. A missing part contradicts nothing.
 * Variants do not count: honest builders often leave them out of the config.
 */
export const contradicts = (one: PlatformName, other: PlatformName): boolean => {
  const [a, b] = [normalPlatform(one), normalPlatform(other)];
  return (['os', 'architecture'] as const).some((key) => a[key] !== '' && b[key] !== '' && a[key] !== b[key]);
};

/**
 * True if a runtime that wants a platform may choose an image of this one. A missing part may be anything; a variant
 * counts only if one is wanted.
 */
export const fits = (wanted: PlatformName, image: PlatformName): boolean =>
  !contradicts(wanted, image) && (!wanted.variant || normalPlatform(wanted).variant === normalPlatform(image).variant);
