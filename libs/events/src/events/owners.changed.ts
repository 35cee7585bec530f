import { IsObject, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';

/** The owners of repositories, for the tags of charges. */
export class OwnersChanged {
  /** Owner by a prefix of the repository name, cut at `/`. The longest matching prefix counts. */
  @IsObject() owners: Record<string, string>;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
}

export const ownersChanged = defineEvent({
  topic: 'owners.changed',
  data: OwnersChanged,
  summary: 'Who owns which repositories was configured anew.',
  examples: { 1: { owners: { 'team-a': 'Team A', 'team-a/shared': 'Platform' }, by: 'configuration' } },
});
