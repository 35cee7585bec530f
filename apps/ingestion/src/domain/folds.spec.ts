import { Map as ImmutableMap } from 'immutable';
import { describe, expect, it } from 'vitest';
import {
  definitionOf,
  placementKey,
  type AnyEvent,
  type EventFor,
  type ImagePushed,
  type NotificationReceived,
} from '@assay/events';
import { causedBy, eventOf } from '@assay/testing';
import {
  childDigest,
  deletion,
  digest,
  imageFacts,
  loginServer,
  notice,
  observed,
  registryId,
  repository,
  untagged,
} from '../../test/fixtures.ts';
import { evolveConfig, evolveEmitted, evolveReceived, noConfig, sourceKey } from './folds.ts';
import { answeredIn, type Config, type Emitted, type Received, type ReceivedSource } from './state.ts';

describe('the key of a source', () => {
  it('a source is known by its registry in lower case and its repository as it is', () => {
    expect(sourceKey('MyReg.test', 'Team/Hello')).toBe('myreg.test|Team/Hello');
  });

  it('a source without a registry has a key of its own', () => {
    expect(sourceKey(undefined, 'team/hello')).toBe('|team/hello');
  });
});

const received = (...events: AnyEvent[]): Received =>
  events.reduce((state, event) => evolveReceived(state, event as EventFor<'ingestion'>), {} as Received);
/** The state of the one source that the events are about. */
const source = (...events: AnyEvent[]): ReceivedSource => {
  const sources = Object.values(received(...events));
  expect(sources).toHaveLength(1);
  return sources[0]!;
};
const pushIds = (...events: AnyEvent[]) => source(...events).pushes.map(({ cause: { id } }) => id);
const at = (minute: number) => `2026-11-24T10:${String(minute).padStart(2, '0')}:00.000Z`;

describe('a push that ingestion receives', () => {
  it('a push is kept with its source, its sender, its times, its name and its cause', () => {
    const event = notice({}, { traceparent: 'tp', correlationid: 'root' });
    expect(received(event)).toEqual({
      [sourceKey(loginServer, repository)]: {
        loginServer,
        registryId,
        repository,
        latestMs: Date.parse((event.data as NotificationReceived).receivedAt),
        names: ['v1'],
        indexes: [],
        firstReceivedAt: '2026-11-24T09:15:02.345Z',
        seen: {},
        pushes: [
          {
            cause: { id: event.id, correlationid: 'root', traceparent: 'tp' },
            sender: 'acr',
            occurredAt: '2026-11-24T09:15:02.123Z',
            receivedAt: '2026-11-24T09:15:02.345Z',
            seenAt: '2026-11-24T09:15:02.500Z',
            tag: 'v1',
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
          },
        ],
        deletions: [],
      },
    });
  });

  it('a push of several names, or by an index, is kept with them', () => {
    const { pushes, names, indexes } = source(untagged({ sender: 'index', listedIn: digest!, tags: ['v1', 'v2'] }));
    expect([pushes[0]!.listedIn, names, indexes]).toEqual([digest, ['v1', 'v2'], [digest]]);
    expect(pushes[0]).not.toHaveProperty('tag');
  });

  it('names lie in the order in which they first came, the last ten thousand', () => {
    const push = (minute: number, tags: string[]) => notice({ sender: 'sweep', occurredAt: at(minute), tags });
    expect(source(push(0, ['b', 'a']), push(1, ['c', 'a'])).names).toEqual(['b', 'a', 'c']);
    const many = Array.from({ length: 10_000 }, (_, nth) => `v${nth}`);
    expect(source(push(0, many), push(1, ['one-more'])).names).toEqual([...many.slice(1), 'one-more']);
  });

  it('of many indexes the last fifty are kept', () => {
    const indexes = Array.from({ length: 60 }, (_, nth) => `index ${nth}`);
    const events = indexes.map((listedIn) => untagged({ sender: 'index', listedIn }));
    expect(source(...events).indexes).toEqual(indexes.slice(-50));
  });

  it('the time of the first push is kept, in any order of arrival', () => {
    const push = (minute: number) => notice({ occurredAt: at(minute), receivedAt: at(minute) });
    expect(source(push(2), push(1), push(3)).firstReceivedAt).toBe(at(1));
  });

  it('the time of an event counts as seen if it is later than the reception', () => {
    const push = (time: string) => source(notice({ receivedAt: at(1) }, { time })).pushes[0]!;
    expect(push(at(2)).seenAt).toBe(at(2));
    expect(push(at(1))).not.toHaveProperty('seenAt');
  });

  it('a repeated event changes nothing, also where its time is another', () => {
    const event = notice({}, { id: 'same' });
    const later = notice({ occurredAt: at(0), tag: 'v2' }, { id: 'same' });
    expect(received(event, event)).toEqual(received(event));
    expect(received(event, later)).toEqual(received(event));
  });

  it('a repeat under another id is no other push, but is known from then on', () => {
    const [first, again] = [notice({}, { id: 'first' }), notice({ sender: 'cloud-event' }, { id: 'again' })];
    expect(source(first, again)).toEqual({ ...source(first), seen: { again: '2026-11-24T09:15:02.500Z' } });
    expect(received(first, again, again)).toEqual(received(first, again));
    expect(received(first, again, notice({ occurredAt: at(0) }, { id: 'again' }))).toEqual(received(first, again));
  });

  it.each<[string, object]>([
    ['instant', { occurredAt: at(0) }],
    ['name', { tag: 'latest' }],
    ['index', { listedIn: `sha256:${'c'.repeat(64)}` }],
  ])('a push of another %s is another push', (_, data) => {
    expect(pushIds(notice({}, { id: 'one' }), notice(data, { id: 'two' }))).toEqual(['one', 'two']);
  });

  it('a push by digest is another push than one of a name at the same instant', () => {
    expect(pushIds(notice({}, { id: 'one' }), untagged({}, { id: 'two' }))).toEqual(['one', 'two']);
  });

  it('pushes lie in the order of their arrival, not of their time', () => {
    const events = [3, 1, 2].map((minute) => notice({ occurredAt: at(minute) }, { id: `push ${minute}` }));
    expect(pushIds(...events)).toEqual(['push 3', 'push 1', 'push 2']);
  });

  it('pushes to two repositories are of two sources, and leave each other as they are', () => {
    const [one, copy] = [notice(), notice({ repository: 'team/copy' })];
    expect(received(one, copy)).toEqual({ ...received(one), ...received(copy) });
    expect(Object.keys(received(one, copy))).toHaveLength(2);
  });

  it('an address in another case is the same source, as it was written first', () => {
    const state = source(notice(), notice({ loginServer: loginServer.toUpperCase(), occurredAt: at(0) }));
    expect([state.loginServer, state.pushes.length]).toEqual([loginServer, 2]);
  });

  it('a push without an address is of the source of its registry id, in any case', () => {
    const byId = (id: string, minute: number) => {
      const { data, ...event } = notice({ registryId: id, occurredAt: at(minute) });
      const { loginServer: _address, ...rest } = data as { loginServer?: string };
      return { ...event, data: rest };
    };
    const state = source(byId(registryId, 0), byId(registryId.toUpperCase(), 1));
    expect([state.registryId, state.pushes.length]).toEqual([registryId, 2]);
    expect(state).not.toHaveProperty('loginServer');
  });

  it('the state before a push stays as it was', () => {
    const before = received(notice({}, { id: 'one' }));
    const copy = structuredClone(before);
    evolveReceived(before, notice({ tag: 'v2' }) as EventFor<'ingestion'>);
    evolveReceived(before, notice() as EventFor<'ingestion'>);
    expect(before).toEqual(copy);
  });
});

describe('a deletion that ingestion receives', () => {
  it('a deletion is kept with its times and its cause, beside the pushes', () => {
    const [push, gone] = [notice({}, { id: 'push' }), deletion(at(0))];
    expect(source(push, gone)).toEqual({
      ...source(push),
      deletions: [
        {
          cause: causedBy(gone),
          deletedAt: at(0),
          receivedAt: '2026-11-24T09:15:02.345Z',
          seenAt: '2026-11-24T09:15:02.500Z',
        },
      ],
    });
  });

  it('a repeated deletion is one, under the same id and under another', () => {
    const [first, again] = [deletion(at(0), {}, { id: 'first' }), deletion(at(0), {}, { id: 'again' })];
    expect(source(first, first)).toEqual(source(first));
    expect(source(first, again)).toEqual({ ...source(first), seen: { again: '2026-11-24T09:15:02.500Z' } });
    expect(source(first, again, again)).toEqual(source(first, again));
    expect(source(first, deletion(at(1), {}, { id: 'first' }))).toEqual(source(first));
  });

  it('deletions at two instants are two, in the order of their arrival', () => {
    expect(source(deletion(at(1)), deletion(at(0))).deletions.map(({ deletedAt }) => deletedAt)).toEqual([
      at(1),
      at(0),
    ]);
  });

  it('a deletion and a push at the same instant are both kept', () => {
    const { pushes, deletions } = source(untagged({ occurredAt: at(0) }), deletion(at(0)));
    expect([pushes.length, deletions.length]).toEqual([1, 1]);
  });

  it('a deletion under the id of a push is a repeat', () => {
    expect(source(notice({}, { id: 'same' }), deletion(at(0), {}, { id: 'same' }))).toEqual(
      source(notice({}, { id: 'same' })),
    );
  });
});

const { facts: _facts, ...unread } = definitionOf('image.pushed')!.examples[1] as unknown as ImagePushed;
const place = placementKey(unread);
const oci = 'application/vnd.oci.image.manifest.v1+json';
const emit = (topic: AnyEvent['topic'], causationid: string, data: object): AnyEvent =>
  eventOf(topic, digest!, { ...unread, ...data }, { causationid });
const read = (id: string, data: object = {}) =>
  emit('image.pushed', id, { facts: imageFacts, mediaType: oci, ...data });
const inVain = (id: string, inspection: object = {}, data: object = {}) =>
  emit('image.pushed', id, {
    mediaType: '',
    inspection: { code: 'unreachable', message: 'no', attempts: 1, ...inspection },
    ...data,
  });
const trying = (id: string, more: object = {}, data: object = {}) => inVain(id, { trying: true, ...more }, data);
const early = (id: string) => trying(id, { early: true });

const nothing: Emitted = { answered: [] };
const emitted = (...events: AnyEvent[]): Emitted =>
  events.reduce((state, event) => evolveEmitted(state, event as EventFor<'ingestion', 'produces'>), nothing);

describe('an answer that ingestion emits', () => {
  it('a push that was read answers its notification, and shows the manifest in its place', () => {
    expect(emitted(read('a'))).toEqual({
      answered: ['a'],
      facts: { facts: imageFacts, mediaType: oci },
      shown: { [place]: true },
    });
  });

  it('a push that could not be read answers its notification, and shows nothing', () => {
    expect(emitted(inVain('a'))).toEqual({ answered: ['a'] });
  });

  it('a deletion answers its notification alone', () => {
    expect(emitted(emit('image.deleted', 'a', { deletedAt: at(0) }))).toEqual({ answered: ['a'] });
  });

  it('a notification about an image of an index changes nothing', () => {
    const child = emit('notification.received', 'a', { digest: childDigest });
    expect(emitted(read('a'), child)).toEqual(emitted(read('a')));
  });

  it('answers lie in their order, a repeat once', () => {
    expect(emitted(read('b'), read('a'), read('b')).answered).toEqual(['b', 'a']);
    expect(emitted(read('a'), read('a'))).toEqual(emitted(read('a')));
  });

  it('answers that an older program stored as a record go on as a list', () => {
    const older: Emitted = { answered: { a: true } };
    const after = (event: AnyEvent) => evolveEmitted(older, event as EventFor<'ingestion', 'produces'>);
    expect(after(inVain('b')).answered).toEqual(['a', 'b']);
    expect(answeredIn(after(inVain('a')))).toEqual(['a']);
  });

  it('a push in another place shows the manifest there too, and facts stay where one is not read', () => {
    const copy = { ...unread, repository: 'team/copy' };
    const state = emitted(read('a'), read('b', copy), inVain('c', {}, { ...unread, repository: 'team/other' }));
    expect(state.shown).toEqual({ [place]: true, [placementKey(copy)]: true });
    expect(state.facts).toEqual({ facts: imageFacts, mediaType: oci });
  });
});

describe('the facts that ingestion keeps', () => {
  const kept = (facts: object) => emitted(read('a', { facts: { ...imageFacts, ...facts } }));

  it.each<[string, object]>([
    ['an image', {}],
    ['an index', { kind: 'index', children: [] }],
    ['a manifest of schema 1', { kind: 'legacy-manifest' }],
    ['an artifact with a proof', { kind: 'sbom', cannotRun: 'config-type' }],
  ])('are those of %s', (_, facts) => expect(kept(facts).facts?.facts).toMatchObject(facts));

  it('are not those of an artifact without a proof, which the next push reads again', () => {
    expect(kept({ kind: 'artifact' })).toEqual({ answered: ['a'], shown: { [place]: true } });
    expect(kept({ kind: 'attestation', os: 'unknown', architecture: 'unknown' })).not.toHaveProperty('facts');
  });
});

describe('a push that ingestion tries again', () => {
  it('a push that is tried again is answered, and counted from one with its code', () => {
    expect(emitted(trying('a'))).toEqual({
      answered: ['a'],
      trying: { [place]: { id: 'a', times: 1, code: 'unreachable' } },
    });
  });

  it('a push that was not asked for has no code', () => {
    expect(emitted(trying('a', { unasked: true })).trying).toEqual({ [place]: { id: 'a', times: 1 } });
  });

  it('each answer to the same push counts one more, with the last code', () => {
    expect(emitted(trying('a'), trying('a', { code: 'unauthorized' }), trying('a')).trying).toEqual({
      [place]: { id: 'a', times: 3, code: 'unreachable' },
    });
  });

  it('a count that an older program stored without a number was one', () => {
    const older: Emitted = { answered: ['a'], trying: { [place]: { id: 'a', code: 'unreachable' } } };
    expect(evolveEmitted(older, trying('a') as EventFor<'ingestion', 'produces'>).trying).toEqual({
      [place]: { id: 'a', times: 2, code: 'unreachable' },
    });
  });

  it('another push counts from one again', () => {
    expect(emitted(trying('a'), trying('a'), trying('b')).trying).toEqual({
      [place]: { id: 'b', times: 1, code: 'unreachable' },
    });
  });

  it.each<[string, AnyEvent]>([
    ['was read', read('a')],
    ['cannot be mended', inVain('a', { code: 'bad-manifest' })],
  ])('a push that %s is tried no more', (_, end) => {
    expect(emitted(trying('a'), end)).not.toHaveProperty('trying');
  });

  it('a push that ends in one place goes on being tried in another', () => {
    const copy = { ...unread, repository: 'team/copy' };
    expect(emitted(trying('a'), trying('b', {}, copy), read('a')).trying).toEqual({
      [placementKey(copy)]: { id: 'b', times: 1, code: 'unreachable' },
    });
  });

  it('a deletion leaves what is tried', () => {
    const state = emitted(trying('a'), emit('image.deleted', 'b', { deletedAt: at(0) }));
    expect(state).toEqual({ ...emitted(trying('a')), answered: ['a', 'b'] });
  });

  it('a push that is in time is no answer yet, and is known as early until there is one', () => {
    expect(emitted(early('a'))).toEqual({ answered: [], early: ['a'] });
    expect(emitted(early('a'), early('b'), read('a'))).toEqual({ ...emitted(read('a')), early: ['b'] });
    expect(emitted(early('a'), trying('a'))).toEqual(emitted(trying('a')));
    expect(emitted(early('a'), emit('image.deleted', 'a', { deletedAt: at(0) }))).toEqual({ answered: ['a'] });
  });

  it('a push that is early twice is not early after its answer', () => {
    expect(emitted(early('a'), early('a'), read('a'))).toEqual(emitted(read('a')));
  });
});

const following = (...events: AnyEvent[]): Config =>
  events.reduce((config, event) => evolveConfig(config, event as EventFor<'ingestion', 'config'>), noConfig);

describe('the registries that ingestion follows', () => {
  const other = registryId.replace('rg1', 'rg2');
  const addresses = (...events: AnyEvent[]) =>
    [...following(...events).byLoginServer].map(([name, { registryId: id, removed }]) => [name, id, removed]);

  it('a registry is known by its address and by its id, both in lower case', () => {
    const event = observed({ loginServer: 'MyReg.test', registryId: registryId.toUpperCase() });
    expect(following(event)).toEqual({
      byLoginServer: ImmutableMap({ 'myreg.test': event.data }),
      byId: ImmutableMap({ [registryId.toLowerCase()]: event.data }),
      subscriptions: {},
      held: {},
      sweeps: {},
    });
  });

  it('a registry that changes is what was observed last', () => {
    const changed = observed({ access: 'fedcba987654' });
    expect(following(observed(), changed)).toEqual(following(changed));
  });

  it('a removed registry is known as removed', () => {
    expect(addresses(observed(), observed({ removed: true }))).toEqual([[loginServer, registryId, true]]);
    expect(following(observed(), observed({ removed: true })).byId.get(registryId.toLowerCase())!.removed).toBe(true);
  });

  it('a registry that moves to another address leaves the one before, in any case', () => {
    const moved = observed({ registryId: registryId.toUpperCase(), loginServer: 'new.registry.test' });
    expect(addresses(observed({ loginServer: 'MyReg.test' }), moved)).toEqual([
      ['new.registry.test', registryId.toUpperCase(), false],
    ]);
  });

  it.each<[string, AnyEvent[]]>([
    ['before the old one is removed', [observed({ registryId: other }), observed({ removed: true })]],
    ['after the old one is removed', [observed({ removed: true }), observed({ registryId: other })]],
  ])('an address that another registry takes %s is of that registry', (_, events) => {
    expect(addresses(observed(), ...events)).toEqual([[loginServer, other, false]]);
  });

  it('an address that another registry took stays there when the old one moves', () => {
    expect(
      addresses(observed(), observed({ registryId: other }), observed({ loginServer: 'new.registry.test' })),
    ).toEqual([
      [loginServer, other, false],
      ['new.registry.test', registryId, false],
    ]);
  });
});

describe('the sweeps that ingestion follows', () => {
  const id = registryId.toLowerCase();
  const swept = (outcome: string, time = at(0), more: object = {}, orderId = `event ${outcome}`) =>
    eventOf(
      'operator.acted',
      id,
      { command: 'sweep', target: `sweep/${id}`, by: 'ingestion', why: 'x', outcome, ...more },
      { time, id: orderId },
    );
  const holding = (time = at(0), gone = 3, known = 4) => swept('held', time, { details: { gone, known } });
  const ordered = swept('ordered', at(5), { by: 'ana', why: 'a test' }, 'order');

  it('a sweep that is held keeps how much is gone, of how much, and since when', () => {
    expect(following(holding())).toEqual({ ...noConfig, held: { [id]: { gone: 3, known: 4, since: at(0) } } });
  });

  it('a sweep that is held without details has nothing gone', () => {
    expect(following(swept('held')).held).toEqual({ [id]: { gone: 0, known: 0, since: at(0) } });
  });

  it('a sweep that is held again has the last numbers and the first time, and waits for another order', () => {
    const again = { [id]: { gone: 5, known: 6, since: at(0) } };
    expect(following(holding(at(0)), holding(at(1), 5, 6)).held).toEqual(again);
    expect(following(holding(at(0)), ordered, holding(at(1), 5, 6)).held).toEqual(again);
  });

  it('an order is kept with a sweep that is held, under the id of its event', () => {
    expect(following(holding(), ordered).held).toEqual({
      [id]: { gone: 3, known: 4, since: at(0), order: { id: 'order', by: 'ana', why: 'a test' } },
    });
  });

  it('an order of a sweep that is not held is for nothing', () => {
    expect(following(ordered)).toEqual(noConfig);
    expect(following(ordered, holding())).toEqual(following(holding()));
  });

  it.each(['swept', 'released'])('a sweep that is %s is held no more', (outcome) => {
    expect(following(holding(), ordered, swept(outcome)).held).toEqual({});
  });

  it.each(['failed', 'reached', 'cut'])('a sweep that is %s is held as before', (outcome) => {
    expect(following(holding(), ordered, swept(outcome)).held).toEqual(following(holding(), ordered).held);
  });

  it.each(['reached', 'failed', 'cut', 'swept', 'released'])('%s is the last outcome of a sweep', (outcome) => {
    expect(following(swept(outcome, at(1))).sweeps).toEqual({
      [id]: { outcome, since: at(1), by: 'ingestion', why: 'x' },
    });
  });

  it('an outcome that comes again keeps its first time, and has the last reason', () => {
    const [first, again] = [swept('failed', at(1)), swept('failed', at(2), { why: 'y' })];
    expect(following(first, again).sweeps[id]).toMatchObject({ outcome: 'failed', since: at(1), why: 'y' });
  });

  it('an outcome behind another one begins at its own time', () => {
    const events = [swept('failed', at(1)), swept('reached', at(2)), swept('failed', at(3))];
    expect(following(...events).sweeps[id]).toMatchObject({ outcome: 'failed', since: at(3) });
  });

  it('a sweep that is held or ordered leaves the last outcome', () => {
    expect(following(swept('reached', at(1)), holding(), ordered).sweeps).toEqual(
      following(swept('reached', at(1))).sweeps,
    );
  });

  it('sweeps of two registries leave each other as they are', () => {
    const elsewhere = { target: 'sweep/other' };
    const state = following(holding(), swept('held', at(1), elsewhere), swept('swept', at(2), elsewhere));
    expect([Object.keys(state.held), Object.keys(state.sweeps)]).toEqual([[id], ['other']]);
  });

  it('another command about the same target changes nothing', () => {
    const before = following(holding(), swept('failed', at(1)));
    const dropped = swept('swept', at(2), { command: 'drop' });
    expect(evolveConfig(before, dropped as EventFor<'ingestion', 'config'>)).toEqual(before);
  });
});

describe('the folds of ingestion', () => {
  it('an event that the flow does not send to ingestion is refused', () => {
    const foreign = eventOf('plan.changed', 'x', {});
    const refusal = new TypeError('plan.changed is not for this fold');
    expect(() => emitted(foreign)).toThrow(refusal);
    expect(() => following(foreign)).toThrow(refusal);
  });
});
