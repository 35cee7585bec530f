import type { LeftOutAnswer } from '../../client/answers.ts';
import { oneLine } from '../../terminal/colors.ts';

const mostLines = 8;
const digestLength = 'sha256:'.length + 12;

/** Lines that name the children of an index on which the gate's decision does not rest, and why. */
export const leftOutLines = (leftOut: readonly LeftOutAnswer[] = []): readonly string[] => {
  const more = leftOut.length - mostLines;
  return [
    ...leftOut
      .slice(0, mostLines)
      .map(({ repository, digest, platform, reason }) =>
        oneLine(`Left out: ${platform || 'no platform'}, ${repository}@${digest.slice(0, digestLength)}: ${reason}`),
      ),
    ...(more > 0 ? [`Left out besides: ${more} more, which --json names`] : []),
  ];
};
