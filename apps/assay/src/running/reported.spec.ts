import { describe, expect, it } from 'vitest';
import { reportedIn } from './reported.ts';

const digestOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`;

/** A Pod as `k8s.io/api` 0.37.2 writes it, without what it leaves empty. */
const pod = {
  metadata: { namespace: 'shop' },
  spec: {
    containers: [
      { name: 'web', image: 'reg.test/web:1.0' },
      { name: 'new', image: `reg.test/new@${digestOf(2)}` },
      { name: 'local', image: 'local:dev' },
    ],
    initContainers: [{ name: 'init', image: 'reg.test/init:1' }],
    ephemeralContainers: [{ name: 'debug', image: 'reg.test/debug' }],
    volumes: [
      { name: 'data', image: { reference: 'reg.test/data:1', pullPolicy: 'Always' } },
      { name: 'fixed', image: { reference: `reg.test/fixed:1@${digestOf(6)}` } },
      { name: 'cache', emptyDir: {} },
    ],
  },
  status: {
    containerStatuses: [
      {
        name: 'web',
        image: 'reg.test/web:1.0',
        imageID: `docker-pullable://reg.test/web@${digestOf(1)}`,
        volumeMounts: [
          { name: 'data', mountPath: '/d', volumeStatus: { image: { imageRef: `reg.test/data@${digestOf(5)}` } } },
        ],
      },
      // Not pulled yet.
      { name: 'new', image: '', imageID: '', volumeMounts: [{ name: 'data', mountPath: '/d' }] },
      // Of an image that came from no registry, the id is the digest of its configuration.
      { name: 'local', image: 'local:dev', imageID: digestOf(9) },
    ],
    initContainerStatuses: [{ name: 'init', imageID: `reg.test/init@${digestOf(3)}` }],
    ephemeralContainerStatuses: [{ name: 'debug', imageID: `reg.test/debug@${digestOf(4)}` }],
  },
};

const json = (list: object): string => JSON.stringify(list);
const numbers = (text: string): readonly number[] =>
  reportedIn(text).images.map(({ digest }) => Number(digest.slice(7)));

describe('a report', () => {
  it.each([
    ['of the API', { kind: 'PodList', metadata: {}, items: [pod, pod] }],
    ['of kubectl', { kind: 'List', metadata: { resourceVersion: '' }, items: [{ kind: 'Pod', ...pod }] }],
  ])('has all images of a list of pods %s by the digests that were pulled', (_, list) => {
    expect(numbers(json(list))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(reportedIn(json(list))).toMatchObject({
      images: Array(6).fill({ namespace: 'shop' }),
      leftOut: ['local:dev'],
    });
  });

  it('has the images of replica sets that are not scaled to zero', () => {
    const set = (n: number, replicas: number) => ({
      metadata: { namespace: 'shop' },
      spec: { replicas, template: { spec: { containers: [{ name: 'web', image: `reg.test/web@${digestOf(n)}` }] } } },
    });
    expect(numbers(json({ kind: 'ReplicaSetList', items: [set(1, 2), set(2, 0)] }))).toEqual([1]);
  });

  it('has digests and references in lines', () => {
    expect(reportedIn(`${digestOf(1)}\n\n reg.test/web:1@${digestOf(2)}\r\n${digestOf(1)}\n`).images).toEqual([
      { digest: digestOf(1) },
      { digest: digestOf(2) },
    ]);
  });

  it.each([
    ['', 'no digest is in the report'],
    [json({ kind: 'PodList', items: [] }), 'no digest is in the report'],
    [json({ kind: 'PodList', metadata: { continue: 'more' }, items: [pod] }), 'the list is only a part'],
    [json({ kind: 'List', items: [{ kind: 'Secret' }] }), 'a report cannot be read from a List'],
    [json({ kind: 'Pod', ...pod }), 'a report cannot be read from a Pod'],
    [json({ error: 'x' }), 'a report cannot be read from a document without kind'],
    ['{"kind":"PodList","items":[', 'the report is no JSON'],
    ['reg.test/web:1.0\n', 'line 1 of the report names no digest'],
  ])('is refused for %s', (text, message) => {
    expect(() => reportedIn(text)).toThrow(message);
  });
});
