import { createHash } from 'node:crypto';
import { ArmError, badRequest } from '@assay/arm';
import { headerOf, type ArmRequest } from './http.ts';

/** The tag of a state: equal bytes have equal tags. */
export const tagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** The `ETag` of an object that is written only in the state that was read (RFC 9110, 8.8.3). */
export const etagOf = (shown: object): string => tagOf(JSON.stringify(shown));

const tagPattern = /^\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*$/;

/** Splits at commas outside quotes. */
const partPattern = /(?:[^,"]|"[^"]*"?)+/g;

/** The tags of a condition, or `*` for any; undefined if malformed. */
const tagsIn = (header: string): readonly string[] | '*' | undefined => {
  if (header.trim() === '*') return '*';
  const tags = (header.match(partPattern) ?? [])
    .filter((part) => part.trim() !== '')
    .map((part) => tagPattern.exec(part)?.[1]);
  return tags.length > 0 && tags.every((tag) => tag !== undefined) ? tags : undefined;
};

const strong = (tag: string): string => tag.replace(/^W\//, '');

/** True if the client has this state: `If-None-Match` of a read. Ignores a malformed condition. */
export const isUnmodified = (request: Pick<ArmRequest, 'headers'>, etag: string): boolean => {
  const tags = tagsIn(headerOf(request, 'if-none-match') ?? '');
  return tags === '*' || (tags?.some((tag) => strong(tag) === strong(etag)) ?? false);
};

const conditionIn = (
  request: Pick<ArmRequest, 'headers'>,
  name: 'if-match' | 'if-none-match',
): readonly string[] | '*' | undefined => {
  const header = headerOf(request, name);
  if (header === undefined) return undefined;
  const tags = tagsIn(header);
  // Writing in spite of a malformed condition would cause what it is to prevent.
  if (tags === undefined)
    throw badRequest('InvalidRequestContent', `The header ${name} must be * or a list of entity tags in quotes.`, {
      target: name,
    });
  return tags;
};

/**
 * Checks the conditions of a write against the current `etag`; without one, the object does not exist.
 *
 * @throws ArmError 412 if `If-Match` or `If-None-Match` does not hold (RFC 9110, 13.1), 400 if they are malformed
 */
export const checkPreconditions = (request: Pick<ArmRequest, 'headers'>, etag: string | undefined): void => {
  const [match, noneMatch] = [conditionIn(request, 'if-match'), conditionIn(request, 'if-none-match')];
  const isOther = match !== undefined && (etag === undefined || (match !== '*' && !match.includes(etag)));
  if (isOther)
    throw new ArmError(
      412,
      'PreconditionFailed',
      etag === undefined ? 'The resource does not exist.' : 'It was changed since it was read: read it again.',
      { target: 'if-match' },
    );
  const isSame =
    noneMatch !== undefined &&
    etag !== undefined &&
    (noneMatch === '*' || noneMatch.some((tag) => strong(tag) === etag));
  if (isSame) throw new ArmError(412, 'PreconditionFailed', 'It exists already.', { target: 'if-none-match' });
};
