import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, Min, ValidateNested } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { Placement } from '../parts.ts';
import { AreDigests, IsDigest, IsTexts, IsTime } from '../rules.ts';
import { placement } from './example.ts';

/** A tag that an image lost, and the digest that it names now. */
export class LostTag {
  /** The tag. */
  @IsString() tag: string;
  /** The digest that it names now. Absent if the tag is gone. */
  @IsOptional() @IsDigest() digest?: string;
}

/**
 * The tags that name an image now. Without a tag, and without an index with one that lists it, the image is *untagged*.
 * Emitted only about images that had a tag.
 */
export class ImageTagged extends Placement {
  /** The last 50 tags that name it, sorted. */
  @IsTexts() tags: string[];
  /** The last 50 indexes with a tag that list it, sorted. */
  @AreDigests() indexes: string[];
  /** The last tags that it lost. */
  @IsOptional() @IsArray() @ValidateNested({ each: true }) @Type(() => LostTag) lost?: LostTag[];
  /** When the registry was asked. */
  @IsTime() at: string;
  /** Number of this event among those of the placement, from 1. */
  @IsInt() @Min(1) order: number;
}

export const imageTagged = defineEvent({
  topic: 'image.tagged',
  data: ImageTagged,
  summary: 'Other tags than before name an image, or none.',
  examples: {
    1: {
      ...placement,
      tags: [],
      indexes: [],
      lost: [{ tag: 'v1', digest: `sha256:${'6'.repeat(64)}` }],
      at: '2026-11-25T08:00:00.000Z',
      order: 2,
    },
  },
});
