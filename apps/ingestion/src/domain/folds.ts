import { causeOf, placementKey, type AnyEvent, type AssayEvent } from '@assay/events';
import type { Config, Heard, HeardSource, Push, Said } from './state.ts';

export const sourceKey = (registry: string | undefined, repository: string): string => `${(registry ?? '').toLowerCase()}|${repository}`;

export const hear = (heard: Heard, any: AnyEvent): Heard => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'notification.received': {
      const { registryId, loginServer, repository } = event.data;
      const key = sourceKey(loginServer ?? registryId, repository);
      const source: HeardSource = heard[key] ?? { ...(loginServer ? { loginServer } : {}), ...(registryId ? { registryId } : {}), repository, seen: {}, pushes: [], deletions: [] };
      return source.seen[event.id] ? heard : { ...heard, [key]: withNotification(source, event) };
    }
    default:
      return heard;
  }
};

const withNotification = (source: HeardSource, event: AssayEvent<'notification.received'>): HeardSource => {
  const { action, sender, occurredAt, receivedAt, tag, mediaType, listedIn } = event.data;
  const seen = { ...source.seen, [event.id]: true } as const;
  // Some senders give a repeat a new id, and a registry may have two: the same digest in the same repository at the same instant is the same push.
  if (action === 'delete') {
    if (source.deletions.some(({ deletedAt }) => deletedAt === occurredAt)) return { ...source, seen };
    return { ...source, seen, deletions: [...source.deletions, { cause: causeOf(event), deletedAt: occurredAt, receivedAt }] };
  }
  if (source.pushes.some((push) => push.occurredAt === occurredAt && push.tag === tag && push.listedIn === listedIn)) return { ...source, seen };
  const push: Push = { cause: causeOf(event), sender, occurredAt, receivedAt, ...(tag ? { tag } : {}), ...(mediaType ? { mediaType } : {}), ...(listedIn ? { listedIn } : {}) };
  return { ...source, seen, pushes: [...source.pushes, push] };
};

export const say = (said: Said, any: AnyEvent): Said => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'image.pushed': {
      const { facts, mediaType } = event.data;
      return { ...said, answered: { ...said.answered, [event.causationid!]: true }, ...(facts ? { facts: { facts, mediaType }, shown: { ...said.shown, [placementKey(event.data)]: true } } : {}) };
    }
    case 'image.deleted':
      return { ...said, answered: { ...said.answered, [event.causationid!]: true } };
    default:
      return said;
  }
};

export const noConfig: Config = { byLoginServer: {}, byId: {} };

export const follow = (config: Config, any: AnyEvent): Config => {
  const event = any as AssayEvent;
  switch (event.topic) {
    case 'registry.observed': {
      const id = event.data.registryId.toLowerCase();
      const loginServer = event.data.loginServer.toLowerCase();
      const before = config.byId[id]?.loginServer.toLowerCase();
      const others = Object.fromEntries(Object.entries(config.byLoginServer).filter(([name, registry]) => name !== before || registry.registryId.toLowerCase() !== id));
      // Another registry may have the address by now: that the old one is gone takes nothing from it.
      const isTaken = event.data.removed && others[loginServer]?.removed === false;
      return { byLoginServer: isTaken ? others : { ...others, [loginServer]: event.data }, byId: { ...config.byId, [id]: event.data } };
    }
    default:
      return config;
  }
};
