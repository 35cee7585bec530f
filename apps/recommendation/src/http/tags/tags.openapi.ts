import { json, paged, schema, type Description } from '@assay/http';
import { digest } from '../described.ts';
import { describedTop, listQuery, totalled } from '../list-query.ts';

const { count, list, named, oneOf, text, time } = schema;

const move = named(
  'TagMove',
  { at: time, 'digest?': digest, origin: oneOf('notification', 'sweep'), 'times?': count },
  'A tag named another image from then on, or was gone (without `digest`). `at` is when the registry was asked. ' +
    'Moves within ten minutes are one, with the last of them: `times` counts them.',
);

const tag = named(
  'Tag',
  {
    subscriptionId: text,
    registryId: text,
    loginServer: text,
    repository: text,
    tag: text,
    'digest?': digest,
    at: time,
    moves: list(move),
  },
  'A tag with the image that it names, and its last moves, the newest first.',
);

export const listed: Description = {
  summary: 'The tags of repositories, with what each names and has named.',
  query: {
    ...listQuery.place,
    tag: { description: 'Only this tag.', schema: text },
    at: { description: 'As it was known at this time, or at the end of this day (UTC).', schema: text },
    ...describedTop(),
    ...paged,
  },
  answers: { 200: json('A page of tags, by repository and tag.', totalled(tag)) },
};
