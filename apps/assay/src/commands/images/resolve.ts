import { at } from '@assay/events';
import type { PlacementAnswer } from '../../client/answers.ts';
import type { Api } from '../../client/api.ts';
import { Failure } from '../../terminal/failure.ts';

const whole = /^sha256:[0-9a-f]{64}$/;
const start = /^(?:sha256:)?([0-9a-f]{6,64})$/;

/** Resolves a digest, a prefix of one, or repository:tag. */
export const resolveDigest = async (api: Api, text: string): Promise<string> => {
  if (whole.test(text)) return text;
  const prefix = start.exec(text)?.[1];
  // Among many images the server finds the few of that name. A name alone may be part of many others.
  const images = await api.images(
    prefix === undefined && !/[:@]/.test(text) ? { repository: text } : { q: text, children: 'true' },
  );
  const matches = ({ digest, repository, tags, loginServer }: PlacementAnswer): boolean =>
    (prefix !== undefined && digest.startsWith(`sha256:${prefix}`)) ||
    tags.some((tag) => [`${repository}:${tag}`, `${loginServer}/${repository}:${tag}`].includes(text)) ||
    text === repository ||
    text === `${repository}@${digest}`;
  const digests = [...new Set(images.filter(matches).map(({ digest }) => digest))];
  if (digests.length === 1) return at(digests, 0);
  if (digests.length === 0)
    throw new Failure('not-found', `no image ${text} is known`, '`assay status` lists the known images');
  throw new Failure(
    'usage',
    `${text} matches ${digests.length} images`,
    `give one of ${digests.map((digest) => digest.slice(0, 19)).join(', ')}`,
  );
};
