import { Failure } from '../terminal/failure.ts';

export interface Reference {
  readonly repository: string;
  readonly tag: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositories = new RegExp(`^${component}(?:/${component})*$`);
const tags = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export const shownReference = ({ repository, tag }: Reference): string => `${repository}:${tag}`;

/** Parses `debian:13.0` or `team/web` (tag `latest`); undefined if neither. */
export const referenceIn = (text: string): Reference | undefined => {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  const repository = colon < 0 ? text : text.slice(0, colon);
  const tag = colon < 0 ? 'latest' : text.slice(colon + 1);
  return repositories.test(repository) && repository.length <= 255 && tags.test(tag) ? { repository, tag } : undefined;
};

export const referenceGiven = (text: string): Reference => {
  const reference = referenceIn(text);
  if (reference) return reference;
  throw new Failure(
    'usage',
    `--as ${text} is not an image name`,
    'give repository:tag in lower case, such as team/web:1.0',
  );
};

/** Removes the registry host that tools put in front. */
const withoutHost = (name: string): string => {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : name;
};

/** Turns a folder name into a valid repository name. */
const asRepository = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '')
    .replace(/[._-]{2,}/g, '-') || 'image';

/** Derives the reference of a layout's image: some tools write the full name, others only the tag or nothing. */
export const referenceOfLayout = (refName: string | undefined, folder: string): Reference => {
  const named = refName === undefined ? undefined : withoutHost(refName);
  if (named !== undefined && /[:/]/.test(named)) {
    const reference = referenceIn(named);
    if (reference) return reference;
  }
  return { repository: asRepository(folder), tag: named !== undefined && tags.test(named) ? named : 'latest' };
};

/** True for `host/name:tag`: the user means an image in a registry. */
export const looksRemote = (text: string): boolean => {
  const [first = '', ...rest] = text.replace(/^(docker|https?|oci):\/\//, '').split('/');
  return text.includes('://') || (rest.length > 0 && /[.:]|^localhost$/.test(first) && !first.startsWith('.'));
};
