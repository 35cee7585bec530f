import { createHash } from 'node:crypto';
import { ArmError, badRequest } from './error.ts';
import { headerOf, type ArmRequest } from './http.ts';

/** What tells one state of something from another: the same bytes have the same. */
export const tagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** The `ETag` of something that is written only where it is still as it was read (RFC 9110, 8.8.3). */
export const etagOf = (shown: object): string => tagOf(JSON.stringify(shown));

const one = /^\s*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")\s*$/;

/** A comma outside of quotes between them. */
const each = /(?:[^,"]|"[^"]*"?)+/g;

/** The tags of a condition, or `*` for any; nothing where it cannot be read. */
const tagsIn = (header: string): readonly string[] | '*' | undefined => {
  if (header.trim() === '*') return '*';
  const tags = (header.match(each) ?? []).filter((part) => part.trim() !== '').map((part) => one.exec(part)?.[1]);
  return tags.length > 0 && tags.every((tag) => tag !== undefined) ? tags : undefined;
};

const strong = (tag: string): string => tag.replace(/^W\//, '');

/** Whether the client has what it asks for: `If-None-Match` of a read. What cannot be read is no condition. */
export const isKnownAlready = (request: Pick<ArmRequest, 'headers'>, etag: string): boolean => {
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
  // To write in spite of a condition that nobody understood would be the very thing that it is to prevent.
  if (tags === undefined)
    throw badRequest('InvalidRequestContent', `The header ${name} must be * or a list of entity tags in quotes.`, {
      target: name,
    });
  return tags;
};

/**
 * Whether something may be written that is now as `etag` says (nothing: it does not exist).
 *
 * @throws ArmError 412 where `If-Match` or `If-None-Match` says that it must not be (RFC 9110, 13.1), 400 where they
 * cannot be read
 */
export const checkPreconditions = (request: Pick<ArmRequest, 'headers'>, etag: string | undefined): void => {
  const [match, noneMatch] = [conditionIn(request, 'if-match'), conditionIn(request, 'if-none-match')];
  const isOther = match !== undefined && (etag === undefined || (match !== '*' && !match.includes(etag)));
  if (isOther)
    throw new ArmError(
      412,
      'PreconditionFailed',
      etag === undefined ? 'There is nothing that could match.' : 'It was changed since it was read: read it again.',
      { target: 'if-match' },
    );
  const isSame =
    noneMatch !== undefined &&
    etag !== undefined &&
    (noneMatch === '*' || noneMatch.some((tag) => strong(tag) === etag));
  if (isSame) throw new ArmError(412, 'PreconditionFailed', 'It exists already.', { target: 'if-none-match' });
};
