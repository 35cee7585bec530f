import { describe, expect, it } from 'vitest';
import { looksRemote, referenceGiven, referenceIn, referenceOfLayout } from './reference.ts';

describe('the name of an image', () => {
  it.each([
    ['debian:13.0', { repository: 'debian', tag: '13.0' }],
    ['team/web', { repository: 'team/web', tag: 'latest' }],
    ['a.b/c_d__e/f--g:V1', { repository: 'a.b/c_d__e/f--g', tag: 'V1' }],
    ['Debian:1', undefined],
    ['debian:', undefined],
    [':1', undefined],
    ['a//b', undefined],
    ['../etc:1', undefined],
    ['a:b:c', undefined],
    ['', undefined],
  ])('%j is %j', (text, reference) => expect(referenceIn(text)).toEqual(reference));

  it('that is invalid is refused with an example', () =>
    expect(() => referenceGiven('Not A Name')).toThrow(/--as Not A Name/));
});

describe('a layout without --as', () => {
  it.each([
    ['nginx:1.23.3', 'x', 'nginx', '1.23.3'],
    ['docker.io/library/nginx:1', 'x', 'library/nginx', '1'],
    ['localhost:5000/web:2', 'x', 'web', '2'],
    ['13.0', 'My Image!', 'my-image', '13.0'],
    [undefined, 'debian-13.0', 'debian-13.0', 'latest'],
    ['latest', '..', 'image', 'latest'],
    ['Über:1', 'web', 'web', 'latest'],
  ])('that names its image %j in a folder %j is %s:%s', (refName, folder, repository, tag) =>
    expect(referenceOfLayout(refName, folder)).toEqual({ repository, tag }),
  );
});

it.each([
  ['docker.io/library/nginx:1', true],
  ['localhost:5000/x', true],
  ['docker://nginx', true],
  ['./layout', false],
  ['../a/b', false],
  ['e2e/images/debian', false],
  ['layout', false],
])('%s lies in a registry: %s', (text, is) => expect(looksRemote(text)).toBe(is));
