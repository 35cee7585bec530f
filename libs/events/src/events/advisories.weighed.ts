import { IsInt, IsNotEmpty, IsString, Min } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Consequences } from './advisories.offered.ts';

/** The answer of one partition to an offered database. */
export class WeighedAdvisories extends Consequences {
  /** Id of the `advisories.offered` that is answered. */
  @IsString() @IsNotEmpty() offer: string;
  /** The partition whose images were asked. Its last answer counts. */
  @IsInt() @Min(0) partition: number;
}

export const advisoriesWeighed = defineEvent({
  topic: 'advisories.weighed',
  data: WeighedAdvisories,
  summary: 'The consequences of an offered advisory database for the images of one partition.',
  examples: {
    1: {
      offer: '0b8f1a3e-62f5-5d0e-9a53-6c1b3f6f5a12',
      partition: 3,
      images: 4,
      findings: 90,
      closing: 41,
      changed: 3,
      healthy: 1,
      uncovered: 3,
      weakened: 0,
      lowered: 0,
      raised: 0,
      packages: [{ bucket: 'debian 13', package: 'openssl', closing: 10, loses: 'all' }],
    },
  },
});
