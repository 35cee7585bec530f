import type { ArmRequest, Parameters } from '@assay/http';
import { schema } from '@assay/http';
import { untaggedWords, type ImageFilter } from './image-list.ts';
import { shownStatuses } from '@assay/read-model/placement/status';
import { fixFrom, type NamedFix } from '../fixes/fix-list.ts';
import {
  flagIn,
  listQuery,
  oneIn,
  placesIn,
  refused,
  severityIn,
  someIn,
  someOf,
  textIn,
  wordsIn,
} from '../list-query.ts';

/** @throws ArmError 400 that names the allowed values */
export const imagesIn = (request: ArmRequest): ImageFilter => ({
  ...placesIn(request),
  statuses: someIn(request, 'status', shownStatuses),
  reasons: wordsIn(request, 'reason'),
  severity: severityIn(request),
  fixable: flagIn(request, 'fixable'),
  vulnerability: textIn(request, 'vulnerability'),
  package: textIn(request, 'package'),
  text: textIn(request, 'q'),
  running: flagIn(request, 'running'),
  children: flagIn(request, 'children'),
  untagged: oneIn(request, 'untagged', untaggedWords),
});

const { flag, oneOf, text } = schema;

/**
 * The upgrade that a request asks about.
 * @throws ArmError 400 that shows the form
 */
export const fixIn = (request: ArmRequest): NamedFix | undefined => {
  const given = textIn(request, 'fix');
  if (given === undefined) return undefined;
  const fix = fixFrom(given);
  if (!fix) throw refused('fix', '<package>@<version>, as `GET /assay/fixes` has them', given);
  return fix;
};

/** The same for the document of the API. */
export const imagesAsked: Parameters = {
  ...listQuery.place,
  status: { description: 'Only images that are shown with one of these statuses.', schema: someOf(...shownStatuses) },
  reason: {
    description: 'Only images with one of these reasons; `failed` stands for `failed/…`, too.',
    schema: text,
  },
  severity: {
    description: 'Only images with an active finding of at least this severity.',
    schema: listQuery.severity.severity.schema,
  },
  fixable: {
    description: 'Only images with an active finding that has a fix (`true`), or none (`false`).',
    schema: flag,
  },
  vulnerability: {
    description: 'Only images with this vulnerability, by its id or an alias, also if a rule disables it.',
    schema: text,
  },
  package: {
    description:
      'Only images with a finding in this package, by its name or that of its source, also if a rule disables it; ' +
      '`*` stands for any text, and case does not count.',
    schema: text,
  },
  fix: {
    description:
      'Only images with an active finding that this upgrade closes: `<package>@<fixed>` of `GET /assay/fixes`. With ' +
      '`severity`, it must be the same finding.',
    schema: text,
  },
  ...listQuery.q('the login server, the repository, the digest or a tag'),
  running: {
    description:
      'Only images that are known to run in a cluster (`true`), or that no reporting cluster has (`false`). ' +
      'Images of which nothing is known are in neither list.',
    schema: flag,
  },
  children: {
    description:
      'Also images without a tag that an index lists (`true`), each with that index in `listedIn`. Without it they ' +
      'are in the `children` of the index alone.',
    schema: flag,
  },
  untagged: {
    description:
      'Also images that lost their tags (`include`), or these alone (`only`). Without it they are left out, and ' +
      'counted as `untagged`.',
    schema: oneOf(...untaggedWords),
  },
};
