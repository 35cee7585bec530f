import { Map as ImmutableMap } from 'immutable';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../test/fixtures.ts';
import { readAcr } from './acr.ts';
import { readDistribution } from './distribution.ts';
import { utc, type HostNotice, type Read } from './notification.ts';
import { Webhooks } from '../discovery/webhooks.ts';
import { Secrets } from './secrets.ts';
import type { ConfiguredRegistry } from '@assay/registry';

const now = '2026-11-24T09:15:02.345Z';
const image = 'application/vnd.docker.distribution.manifest.v2+json';

const acr = (data: object = {}, target: object = {}) => ({
  id: 'cb8c3971-9adc-488b-xxxx-43cbb4974ff5',
  timestamp: '2017-11-17T16:52:01.343145347Z',
  action: 'push',
  target: { mediaType: image, size: 524, digest, length: 524, repository: 'hello-world', tag: 'v1', ...target },
  request: {
    id: '3cbb6949-7549-4fa1-xxxx-a6d5451dffc7',
    host: 'MyReg.registry.test',
    method: 'PUT',
    useragent: 'docker/17.09.0-ce',
  },
  ...data,
});
const event = (data: object = {}, target: object = {}) => ({
  id: '320678d8',
  timestamp: '2020-08-10T11:15:02.123456789+02:00',
  action: 'push',
  target: {
    mediaType: image,
    digest,
    repository: 'team/hello',
    url: `http://myreg.registry.test:5000/v2/team/hello/manifests/${digest}`,
    tag: 'v1',
    ...target,
  },
  request: { host: 'myreg.registry.test' },
  ...data,
});

const summary = (read: Read | undefined): string | undefined =>
  read &&
  ('ignored' in read
    ? read.ignored
    : `${read.notice.action} ` +
      `${read.notice.repository}${read.notice.tag ? `:${read.notice.tag}` : ''}${read.notice.digest ? '@' : ''}`);
const noticeIn = (read: Read | undefined): HostNotice => (read as { notice: HostNotice }).notice;
const fromRegistry = (body: unknown): Read[] => [...readDistribution(body, now)];

describe('a webhook of ACR', () => {
  it('is read field by field', () => {
    expect(noticeIn(readAcr(acr(), now))).toEqual({
      sender: 'acr',
      senderEventId: 'cb8c3971-9adc-488b-xxxx-43cbb4974ff5',
      action: 'push',
      host: 'myreg.registry.test',
      repository: 'hello-world',
      digest,
      tag: 'v1',
      mediaType: image,
      occurredAt: '2017-11-17T16:52:01.343Z',
      body: acr(),
    });
  });

  it.each<[string, unknown, string]>([
    ['a push without a tag', acr({}, { tag: undefined }), 'push hello-world@'],
    ['a push with an empty tag', acr({}, { tag: null }), 'push hello-world@'],
    ['a deletion', acr({ action: 'delete' }, { tag: undefined }), 'delete hello-world@'],
    [
      'a deletion of a repository',
      acr({ action: 'delete' }, { tag: undefined, digest: undefined }),
      'delete hello-world',
    ],
    ['a deletion of a tag', acr({ action: 'delete' }, { digest: undefined }), 'delete hello-world:v1'],
    ['a ping', { id: 'x', timestamp: now, action: 'ping' }, 'ping'],
    ['a quarantine', acr({ action: 'quarantine' }), 'quarantine'],
    ['a chart', acr({ action: 'chart_push', request: undefined }), 'chart_push'],
    ['a chart that goes', acr({ action: 'chart_delete', request: undefined }), 'chart_delete'],
    ['an unknown action', acr({ action: 'sing' }), 'unknown-action'],
    ['no id', acr({ id: undefined }), 'no-id'],
    ['no host', acr({ request: undefined }), 'no-host'],
    ['no digest', acr({}, { digest: undefined }), 'no-digest'],
    ['a digest that leaves', acr({}, { digest: 'sha256:../../x' }), 'bad-digest'],
    ['a manifest by sha512', acr({}, { digest: `sha512:${'a'.repeat(128)}` }), 'sha512-digest'],
    ['a digest in upper case', acr({}, { digest: digest!.toUpperCase() }), 'bad-digest'],
    ['a repository that leaves', acr({}, { repository: '../x' }), 'bad-repository'],
    ['a repository that is too long', acr({}, { repository: 'a'.repeat(256) }), 'bad-repository'],
    ['a tag that is none', acr({}, { tag: 'a b' }), 'bad-tag'],
  ])('about %s', (_, body, read) => expect(summary(readAcr(body, now))).toBe(read));

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [acr()]],
    ['a text', 'push'],
    ['no action', acr({ action: undefined })],
    ['an action that is no text', acr({ action: 1 })],
    ['no target', acr({ target: undefined })],
    ['a target that is a list', acr({ target: [] })],
  ])('is none with %s', (_, body) => expect(readAcr(body, now)).toBeUndefined());
});

describe('an envelope of a registry', () => {
  it('is read field by field, offsets and nanoseconds too', () => {
    expect(fromRegistry({ events: [event()] }).map(noticeIn)).toEqual([
      {
        sender: 'distribution',
        senderEventId: '320678d8',
        action: 'push',
        host: 'myreg.registry.test',
        repository: 'team/hello',
        digest,
        tag: 'v1',
        mediaType: image,
        occurredAt: '2020-08-10T09:15:02.123Z',
        body: event(),
      },
    ]);
  });

  it.each<[string, object, string]>([
    ['a manifest', event(), 'push team/hello:v1@'],
    [
      'an index',
      event({}, { mediaType: 'application/vnd.oci.image.index.v1+json', tag: undefined }),
      'push team/hello@',
    ],
    ['a pull', event({ action: 'pull' }), 'pull'],
    ['a mount', event({ action: 'mount' }), 'mount'],
    ['a layer', event({}, { mediaType: 'application/octet-stream' }), 'blob'],
    ['another type', event({}, { mediaType: 'text/html' }), 'unknown-media-type'],
    ['no type', event({}, { mediaType: undefined }), 'unknown-media-type'],
    ['another action', event({ action: 'sing' }), 'unknown-action'],
    ['no action', event({ action: undefined }), 'unknown-action'],
    ['a deletion', event({ action: 'delete' }, { mediaType: undefined, tag: undefined }), 'delete team/hello@'],
    ['a tag that goes', event({ action: 'delete' }, { digest: undefined }), 'delete team/hello:v1'],
    ['no target', event({ target: undefined }), 'not-an-event'],
    ['no repository', event({}, { repository: undefined }), 'bad-repository'],
    ['no host', event({ request: undefined }, { url: '/v2/x' }), 'no-host'],
  ])('about %s', (_, each, read) => expect(fromRegistry({ events: [each] }).map(summary)).toEqual([read]));

  it('falls back to the address of the target for the host, and to nothing else', () => {
    expect(noticeIn(fromRegistry({ events: [event({ request: {} })] })[0]).host).toBe('myreg.registry.test:5000');
  });

  it('reads each event by itself, also one that is invalid', () => {
    expect(
      fromRegistry({ events: [event(), 7, null, event({ action: 'pull' }), event({}, { digest: 'md5:1' })] }).map(
        summary,
      ),
    ).toEqual(['push team/hello:v1@', 'not-an-event', 'not-an-event', 'pull', 'bad-digest']);
    for (const body of [undefined, null, [], 'x', {}, { events: {} }])
      expect(fromRegistry(body).map(summary)).toEqual(['not-an-envelope']);
  });

  it('never throws, for any body', () =>
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (events, target) => {
        readDistribution({ events }, now);
        readDistribution(
          {
            events: [
              events,
              { ...event(), target },
              { ...event(), target: { ...event().target, url: target, tag: events } },
            ],
          },
          now,
        );
        readAcr(events, now);
        readAcr({ ...acr(), target, request: events, timestamp: target }, now);
      }),
    ));
});

it.each<[unknown, string | undefined]>([
  ['2020-08-10T09:15:02.123456789Z', '2020-08-10T09:15:02.123Z'],
  ['2020-08-10T11:15:02+02:00', '2020-08-10T09:15:02.000Z'],
  ['2020-08-10T09:15:02Z', '2020-08-10T09:15:02.000Z'],
  ['yesterday', undefined],
  ['', undefined],
  [undefined, undefined],
  [1_600_000_000_000, undefined],
  ['1970-01-01T00:00:00Z', undefined],
  ['+275760-09-13T00:00:00Z', undefined],
])('writes the time %s as %s', (text, time) => expect(utc(text)).toBe(time));

it('a notification without a valid time gets the time of receipt', () => {
  expect(noticeIn(readAcr(acr({ timestamp: 'soon' }), now)).occurredAt).toBe(now);
});

describe('a secret', () => {
  const secrets = new Secrets(
    [
      { loginServer: 'One.test', secret: 'first' },
      { loginServer: 'two.test', secret: 'second' },
      { loginServer: 'three.test', secret: 'second' },
      { loginServer: 'silent.test' },
    ] as unknown as ConfiguredRegistry[],
    () => ({ byLoginServer: ImmutableMap() }),
    new Webhooks(undefined, []),
  );
  const allowed = (...raw: string[]): string[] => [...secrets.allowed(raw)];

  it('authenticates its own registries, in any case of the header', () => {
    expect(allowed('Authorization', 'Bearer first')).toEqual(['one.test']);
    expect(allowed('host', 'x', 'AUTHORIZATION', 'bearer second')).toEqual(['two.test', 'three.test']);
  });

  it.each([
    ['is missing', []],
    ['is wrong', ['authorization', 'Bearer third']],
    ['is in another case', ['authorization', 'Bearer First']],
    ['is there twice', ['authorization', 'Bearer first', 'Authorization', 'Bearer first']],
    ['is empty', ['authorization', 'Bearer ']],
    ['comes by another scheme', ['authorization', 'Basic first']],
    ['comes without one', ['authorization', 'first']],
    ['has more behind it', ['authorization', 'Bearer first second']],
    ['stands in another header', ['x-authorization', 'Bearer first']],
    ['is the value of another header called so', ['x-name', 'authorization', 'Bearer first', 'x']],
    ['is what registries without one have', ['authorization', 'Bearer undefined']],
  ])('that %s authenticates no registry', (_, raw) => expect(allowed(...raw)).toEqual([]));
});
