import { describe, expect, it } from 'vitest';
import { leftOutLines } from './left-out.ts';

const one = (n: number, platform = 'windows/amd64') => ({
  repository: 'team/app',
  digest: `sha256:${n.toString(16).padStart(64, '0')}`,
  platform,
  reason: 'windows-image',
});

describe('the lines about what the gate left out', () => {
  it('name the platform, the image and the reason', () =>
    expect(leftOutLines([one(0), one(0, '')])).toEqual([
      'Left out: windows/amd64, team/app@sha256:000000000000: windows-image',
      'Left out: no platform, team/app@sha256:000000000000: windows-image',
    ]));

  it('count the rest of many', () => {
    const lines = leftOutLines(Array.from({ length: 200 }, (_, n) => one(n)));
    expect([lines.length, lines.at(-1)]).toEqual([9, 'Left out besides: 192 more, which --json names']);
  });

  it('are none if nothing was left out', () => {
    expect(leftOutLines()).toEqual([]);
    expect(leftOutLines([])).toEqual([]);
  });
});
