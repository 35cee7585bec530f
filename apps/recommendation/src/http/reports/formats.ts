import Negotiator from 'negotiator';
import { ArmError } from '@assay/arm';
import { oneIn } from '../list-query.ts';
import { headerOf, type ArmReply, type ArmRequest } from '@assay/http';

/** In order of preference for clients that accept anything. */
const formats = {
  'application/json': 'json',
  'application/sarif+json': 'sarif',
  'application/sarif+json; version=2.1.0': 'sarif',
  'application/vnd.cyclonedx+json': 'cyclonedx',
  'application/vnd.cyclonedx+json; version=1.6': 'cyclonedx',
  'application/spdx+json': 'spdx',
  'application/spdx+json; version=2.3': 'spdx',
  'text/csv': 'csv',
} as const;

export type Format = (typeof formats)[keyof typeof formats];

const types: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  sarif: 'application/sarif+json; charset=utf-8',
  cyclonedx: 'application/vnd.cyclonedx+json; version=1.6; charset=utf-8',
  spdx: 'application/spdx+json; version=2.3; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** Any parameter except `q` and `version`: a charset or a profile does not select another format. */
const beside = /\s*;\s*(?!(?:q|version)\s*=)[\w!#$&^.+-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^;,\s"]*)/gi;

/**
 * The format that the query names as `format`, else the one that the client prefers (RFC 9110, 12.5.1).
 * @throws ArmError 400 for another `format`
 * @throws ArmError 406 if the client accepts none of the formats
 */
export const formatFor = (request: ArmRequest, reply: ArmReply): Format => {
  reply.header('vary', 'Accept');
  const named = oneIn(request, 'format', Object.keys(types) as Format[]);
  if (named) return named;
  const accept = (headerOf(request, 'accept') ?? '').replaceAll(beside, '').trim();
  // An empty header means the same as none.
  const type = new Negotiator({ headers: accept === '' ? {} : { accept } }).mediaType(Object.keys(formats)) as
    | keyof typeof formats
    | undefined;
  if (!type)
    throw new ArmError(
      406,
      'NotAcceptable',
      `There is ${Object.keys(formats)
        .filter((type) => !type.includes(';'))
        .join(', ')}.`,
    );
  return formats[type];
};

export const typeOf = (format: Format): string => types[format];
