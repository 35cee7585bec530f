import { InvalidArgumentError } from 'commander';
import { at } from '@assay/events/present';
import type { PlacementAnswer } from '../../client/answers.ts';
import type { Api, TagName } from '../../client/api.ts';
import { Failure } from '../../terminal/failure.ts';

const whole = /^sha256:[0-9a-f]{64}$/;
const start = /^(?:sha256:)?([0-9a-f]{6,64})$/;
const tagName = /^(?:(?<registry>[^/]*[.:][^/]*)\/)?(?<repository>[a-z0-9][a-z0-9._/-]*):(?<tag>\w[\w.-]{0,127})$/;

/** An image as a person names it, and the time at which it is looked at. */
export interface ImageMoment {
  readonly image: string;
  readonly time?: string;
}

/**
 * Parses `<image>` or `<image>@<time>`. A day means its end.
 * @throws InvalidArgumentError for a time that is none
 */
export const momentIn = (text: string): ImageMoment => {
  const [, image, time] = /^(.+)@(\d{4}-\d\d-\d\d.*)$/.exec(text) ?? [];
  if (image === undefined || time === undefined) return { image: text };
  const given = /^\d{4}-\d\d-\d\d$/.test(time) ? `${time}T23:59:59Z` : time;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/.test(given) && Number.isFinite(Date.parse(given)))
    return { image, time: given };
  throw new InvalidArgumentError('A time behind @ is one of UTC, such as 2026-11-24 or 2026-11-24T09:00Z.');
};

/** The tag that a text names: `[<registry>/]<repository>:<tag>[@<time>]`. Nothing for a digest or the start of one. */
export const tagIn = (text: string): TagName | undefined => {
  const { image, time } = momentIn(text);
  const { registry, repository, tag } = (start.test(image) ? undefined : tagName.exec(image))?.groups ?? {};
  if (repository === undefined || tag === undefined) return undefined;
  return { repository, tag, ...(registry ? { registry } : {}), ...(time === undefined ? {} : { at: time }) };
};

/**
 * Resolves a digest, a prefix of one, or repository:tag, which is the image that the tag names now, or named at the
 * time behind `@`.
 */
export const resolveDigest = async (api: Api, text: string): Promise<string> => {
  if (whole.test(text)) return text;
  const named = tagIn(text);
  const tags = named ? await api.tags(named) : [];
  const now = [...new Set(tags.flatMap(({ digest }) => digest ?? []))];
  if (now.length === 1) return at(now, 0);
  if (now.length > 1) throw several(text, now);
  if (named?.at !== undefined && (await isKnownTag(api, named)))
    throw new Failure('not-found', `${text}: the tag named nothing then`, '`assay tags` shows what a tag named when');
  return byName(api, momentIn(text).image);
};

const isKnownTag = async (api: Api, { repository, tag, registry }: TagName): Promise<boolean> =>
  (await api.tags({ repository, tag, ...(registry ? { registry } : {}) })).length > 0;

/** Of a tag that its registry was not asked about yet, the images that were pushed under it are known. */
const byName = async (api: Api, text: string): Promise<string> => {
  const prefix = start.exec(text)?.[1];
  // Among many images the server finds the few of that name. A name alone may be part of many others.
  const images = await api.images(
    prefix === undefined && !/[:@]/.test(text)
      ? { repository: text }
      : { q: text, children: 'true', untagged: 'include' },
  );
  const matches = ({ digest, repository, tags, loginServer }: PlacementAnswer): boolean =>
    (prefix !== undefined && digest.startsWith(`sha256:${prefix}`)) ||
    tags.some((tag) => [`${repository}:${tag}`, `${loginServer}/${repository}:${tag}`].includes(text)) ||
    text === repository ||
    text === `${repository}@${digest}`;
  const digests = [...new Set(images.filter(matches).map(({ digest }) => digest))];
  if (digests.length === 1) return at(digests, 0);
  if (digests.length > 1) throw several(text, digests);
  throw new Failure('not-found', `no image ${text} is known`, '`assay status` lists the known images');
};

const several = (text: string, digests: readonly string[]): Failure =>
  new Failure(
    'usage',
    `${text} matches ${digests.length} images`,
    `give one of ${digests.map((digest) => digest.slice(0, 19)).join(', ')}`,
  );
