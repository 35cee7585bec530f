import { json, schema, type Description } from '@assay/http';
import { upgrade } from '../fixes/fixes.openapi.ts';
import { decisions, tolerances } from '../../domain/gate.ts';
import {
  advisoriesAt,
  bySeverity,
  digest,
  doubts,
  evidence,
  ofDigest,
  prefer,
  preferenceApplied,
  statuses,
  where,
} from '../described.ts';

const { flag, list, named, oneOf, record, text } = schema;

const decision = oneOf(...decisions);

const judgement = named(
  'Judgement',
  {
    decision,
    reason: text,
    message: text,
    pending: flag,
    digest,
    page: text,
    'upgrade?': upgrade,
    'advisoriesAt?': advisoriesAt,
    maxSeverity: oneOf(...tolerances),
    onlyFixable: flag,
    'platform?': text,
    'demonstrationDatabase?': flag,
    places: list(
      record({
        subscriptionId: text,
        registryId: text,
        repository: text,
        digest,
        status: statuses,
        'statusReason?': text,
        decision,
        reason: text,
        'bySeverity?': bySeverity,
        'doubts?': doubts,
        'evidence?': evidence,
      }),
    ),
    'leftOut?': list(record({ registryId: text, repository: text, digest, platform: text, reason: text })),
  },
  'Decides whether a pipeline may use an image. `unknown` must never be taken for `allow`. `page` is the address of ' +
    'the image in the portal, and `upgrade` closes the most of the worst findings that deny.',
);

/** Two or three parts, as `platformFrom` reads them. */
const platformPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){1,2}$';

const policy = {
  maxSeverity: {
    description: 'The worst severity that is allowed; `none` allows no finding.',
    schema: { ...oneOf(...tolerances), default: 'none' },
  },
  onlyFixable: {
    description: 'Whether only findings with a published fix count.',
    schema: { ...flag, default: false },
  },
  platform: {
    description:
      'Only the images of an index that a runtime may choose for this platform: `linux/arm64` or `linux/arm/v7`.',
    schema: { type: 'string', pattern: platformPattern },
  },
  ...where,
};

export const judged: Description = {
  summary: 'Decides whether a pipeline may use an image.',
  path: ofDigest,
  headers: prefer,
  query: {
    ...policy,
    preview: {
      description:
        'Whether the answer is shown to a person, and no pipeline waits for it: `assay.gate` does not count it.',
      schema: { ...flag, default: false },
    },
  },
  answers: { 200: json('The decision and its reasons.', judgement, preferenceApplied) },
};

const bundle = named(
  'StatementBundle',
  {
    mediaType: text,
    verificationMaterial: record({ publicKey: record({ hint: text }) }),
    dsseEnvelope: record({
      payloadType: text,
      payload: text,
      signatures: list(record({ sig: text })),
    }),
  },
  'A Sigstore bundle with an in-toto statement (predicate `https://in-toto.io/attestation/svr/v0.2`) in DSSE. The ' +
    'public key is at `/assay/keys`. It says what held at `timeCreated`: refuse an old one.',
);

export const statedAs: Description = {
  summary: 'A signed statement about an image: what held, when, and by which rules and database.',
  path: ofDigest,
  headers: prefer,
  query: policy,
  answers: { 200: json('The statement.', bundle, preferenceApplied) },
  refuses: { 404: 'No such image is known.', 409: 'This installation has no key for statements.' },
};
