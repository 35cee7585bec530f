import { numberText } from '../../text/format.ts';
import { plural } from '../../texts.ts';

export const searchTexts = {
  found: (text: string) => `Results for “${text}”`,
  all: (text: string) => `All results for “${text}”`,
  images: (count: number) => plural(count, 'image'),
  vulnerabilities: (count: number) => plural(count, 'vulnerability', 'vulnerabilities'),
  kinds: {
    packages: 'Packages with findings',
    vulnerabilities: 'Vulnerabilities',
    images: 'Images by name',
    registries: 'Registries',
  },
  more: (count: number) => `and ${numberText(count)} more`,
  none: 'Nothing with this name is known',
  limits: 'Packages are found by their findings: one without a known vulnerability is not here.',
  unknown: (count: number) => `${plural(count, 'image')} without a result may have more.`,
  begin: 'Type a package, a vulnerability, an image or a registry into the field above.',
  columns: { name: 'Name', images: 'Images', about: 'About' },
} as const;
