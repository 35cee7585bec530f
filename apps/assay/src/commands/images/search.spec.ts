import { describe, expect, it } from 'vitest';
import { run } from '../../../test/answering.ts';

const answer = {
  packages: { value: [{ package: 'log4j-core', images: 7, vulnerabilities: 6 }], total: 2, images: 7 },
  vulnerabilities: { value: [{ id: 'CVE-2021-44228', severity: 'Critical', images: 7 }], total: 1 },
  images: {
    value: [{ loginServer: 'a.test', repository: 'log4j/demo', digest: `sha256:${'0'.repeat(64)}`, tags: ['1.0'] }],
    total: 1,
  },
  registries: { value: [], total: 0 },
  unknownImages: 1,
  untaggedImages: 0,
};

describe('assay search', () => {
  it('lists the hits by kind, with the number of all', async () => {
    const { out, notes, asked } = await run({ '/assay/search': answer }, 'search', 'log4j', '--top', '1');
    expect(asked.map(({ url }) => url)).toEqual(['/assay/search?q=log4j&top=1']);
    expect(notes).toContain('1 image without a final result may have more');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'log4j: 7 images with such a package, 1 vulnerability, 1 image and 0 registries by name',
      expect.stringMatching(/^KIND +NAME +IN$/),
      expect.stringMatching(/^package +log4j-core +7 images, 6 vulnerabilities$/),
      expect.stringMatching(/^package +and 1 more: give --top$/),
      expect.stringMatching(/^vulnerability +CVE-2021-44228 +7 images, critical$/),
      expect.stringMatching(/^image +a\.test\/log4j\/demo:1\.0$/),
      '',
    ]);
  });

  it('joins its words, and prints JSON', async () => {
    const { out, asked } = await run({ '/assay/search': answer }, 'search', 'buffer', 'overflow', '--json');
    expect(asked[0]!.url).toBe('/assay/search?q=buffer+overflow&top=5');
    expect(JSON.parse(out)).toEqual(answer);
  });
});
