import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsDigest, IsTime } from '../rules.ts';
import { digest, placement } from './example.ts';

/**
 * A tag names another digest than before, by the registry's own answer. The key is the tag's name with registry and
 * repository (`myreg.registry.test/team/hello:v1`).
 */
export class TagMoved {
  /** The subscription of the registry. */
  @IsString() @IsNotEmpty() subscriptionId: string;
  /** ARM id of the registry. */
  @IsString() @IsNotEmpty() registryId: string;
  /** Host of the registry. */
  @IsString() @IsNotEmpty() loginServer: string;
  /** Repository within the registry. */
  @IsString() @IsNotEmpty() @MaxLength(255) repository: string;
  /** The tag. */
  @IsString() @IsNotEmpty() tag: string;
  /** The digest that it names now. Absent if the tag is gone. */
  @IsOptional() @IsDigest() digest?: string;
  /** The digest that it named before. Absent if none was known. */
  @IsOptional() @IsDigest() was?: string;
  /** When the registry was asked. A sweep counts from the beginning of the repository's listing. */
  @IsTime() askedAt: string;
  /** The question: one about this tag, or the listing of its repository. */
  @IsIn(['notification', 'sweep']) origin: 'notification' | 'sweep';
}

const { digest: _, ...repository } = placement;

export const tagMoved = defineEvent({
  topic: 'tag.moved',
  data: TagMoved,
  summary: 'A tag names another image than before.',
  examples: {
    1: {
      ...repository,
      tag: 'v1',
      digest,
      was: `sha256:${'6'.repeat(64)}`,
      askedAt: '2026-11-24T09:15:02.400Z',
      origin: 'notification',
    },
  },
});
