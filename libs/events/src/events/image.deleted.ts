import { defineEvent } from '../definition.ts';
import { Placement } from '../parts.ts';
import { IsTime } from '../rules.ts';
import { placement } from './example.ts';

/** A manifest was removed. Only eligibility compares this with the time of the last push. */
export class ImageDeleted extends Placement {
  /** When the image was deleted, by the sender's clock. */
  @IsTime() deletedAt: string;
  /** When Assay received that. */
  @IsTime() receivedAt: string;
}

export const imageDeleted = defineEvent({
  topic: 'image.deleted',
  data: ImageDeleted,
  summary: 'A manifest was deleted from its repository.',
  examples: { 1: { ...placement, deletedAt: '2026-11-24T10:00:00.000Z', receivedAt: '2026-11-24T10:00:00.100Z' } },
});
