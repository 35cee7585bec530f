import { SpanKind } from '@opentelemetry/api';
import {
  isTagKey,
  notificationId,
  tagKey,
  type AnyEvent,
  type NotificationReceived,
  type RegistryObserved,
} from '@assay/events';
import type { ConfigFollower as Followed } from '@assay/event-sourcing';
import { recordOf, type EventLog } from '@assay/messaging';
import { counter, type ServiceTracer } from '@assay/telemetry';
import type { Config } from '../domain/state.ts';
import {
  outcomeOf,
  type IgnoreReason,
  type Notice,
  type NotificationOutcome,
  type Read,
  type RegistryRef,
} from './notification.ts';

/** A body of at most this size is kept as evidence. */
const bodyBytes = 64 * 1024;

/**
 * True if the body is kept. A body that is nested too deeply to be serialised is left out, but the notification is
 * accepted.
 */
const isEvidence = (body: unknown): boolean => {
  try {
    return Buffer.byteLength(JSON.stringify(body)) <= bodyBytes;
  } catch {
    return false;
  }
};

type RegistryPush = readonly [loginServer: string, repository: string];

export interface Receipt {
  readonly accepted: number;
  readonly ignored: Readonly<Record<string, number>>;
}

/** Outcomes of requests that are refused as a whole, by the status of the answer. */
const outcomeByStatus: Readonly<Partial<Record<number, NotificationOutcome>>> = {
  401: 'unauthenticated',
  403: 'not-allowed-for-registry',
};

const labelsOf = (registry: RegistryObserved | undefined): { readonly registry?: string } =>
  registry ? { registry: registry.loginServer.toLowerCase() } : {};

/** Appends notifications of known registries to the log. They are durable once `take` returns. */
export class Intake {
  readonly #counter = counter('notifications', 'ingestion');

  constructor(
    private readonly log: EventLog,
    private readonly config: Followed<Config>,
    private readonly tracer: ServiceTracer,
    private readonly sweep: (loginServer: string) => void,
    /** Called for each accepted push. */
    private readonly pushed: (loginServer: string, repository: string) => void = () => undefined,
  ) {}

  /** @param allowed login servers for which the sender may report pushes */
  async take(
    reads: readonly Read[],
    allowed: ReadonlySet<string>,
    receivedAt: string,
    route: string,
    traceparent: string | undefined,
  ): Promise<Receipt> {
    const span = this.tracer.start(`POST ${route}`, {
      kind: SpanKind.SERVER,
      parent: traceparent,
      attributes: { 'http.request.method': 'POST', 'http.route': route },
    });
    const ignored: Record<string, number> = {};
    const accepted = new Map<string, number>();
    const pushes: RegistryPush[] = [];
    const leaveOut = (reason: string): AnyEvent[] => {
      ignored[reason] = (ignored[reason] ?? 0) + 1;
      return [];
    };
    const ignore = (reason: IgnoreReason, registry?: RegistryObserved): AnyEvent[] => {
      this.#counter.add(1, { outcome: outcomeOf(reason), ...labelsOf(registry) });
      return leaveOut(reason);
    };
    const events = reads.flatMap((read): AnyEvent[] => {
      if ('ignored' in read) return ignore(read.ignored);
      const { notice } = read;
      const registry = this.#permitted(notice, allowed);
      if (typeof registry === 'string') return ignore(registry, this.#registry(notice));
      const { digest, tag, repository } = notice;
      if (digest !== undefined || tag !== undefined) {
        const name = registry.loginServer.toLowerCase();
        accepted.set(name, (accepted.get(name) ?? 0) + 1);
        if (notice.action === 'push') pushes.push([name, repository]);
        // A notification with a tag is for the tag's own key, too.
        const keys = [digest, tag && tagKey(name, repository, tag)].flatMap((key) => key ?? []);
        return keys.map((key) => this.#event(notice, key, registry, receivedAt, span.traceparent));
      }
      this.sweep(registry.loginServer.toLowerCase());
      return leaveOut('repository-deleted');
    });
    try {
      await this.log.append(events.map((event) => recordOf(event, this.log.partitions)));
      for (const push of pushes) this.pushed(...push);
      for (const [registry, count] of accepted) this.#counter.add(count, { outcome: 'accepted', registry });
      span.end();
      return { accepted: [...accepted.values()].reduce((sum, count) => sum + count, 0), ignored };
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  /**
   * Prometheus sees an increase of a counter only if it has seen the counter before. Outcomes without a registry start
   * with the counter.
   */
  countFromZero(): void {
    for (const registry of this.config.value.byId.values())
      for (const outcome of ['accepted', 'not-allowed-for-registry'] as const)
        if (!registry.removed) this.#counter.add(0, { outcome, ...labelsOf(registry) });
  }

  /** True if the registry is onboarded and the sender may speak for it. */
  knows(place: RegistryRef, allowed: ReadonlySet<string>): boolean {
    return typeof this.#permitted(place, allowed) !== 'string';
  }

  /** Counts notifications of a request that was refused as a whole. */
  refused(reads: readonly Read[], outcome: NotificationOutcome): void {
    this.#counter.add(reads.length, { outcome });
  }

  /** Counts a request whose sender was refused before its body was read, by the status of the answer. */
  turnedAway(status: number): void {
    const outcome = outcomeByStatus[status];
    if (outcome !== undefined) this.#counter.add(1, { outcome });
  }

  /** Returns the registry, or the reason why the sender may not speak for it. */
  #permitted(
    place: RegistryRef,
    allowed: ReadonlySet<string>,
  ): RegistryObserved | 'unknown-registry' | 'not-allowed-for-registry' {
    const registry = this.#registry(place);
    if (!registry) return 'unknown-registry';
    return allowed.has(registry.loginServer.toLowerCase()) ? registry : 'not-allowed-for-registry';
  }

  #registry(place: RegistryRef): RegistryObserved | undefined {
    const { byId, byLoginServer } = this.config.value;
    const [known, name] = 'host' in place ? [byLoginServer, place.host] : [byId, place.registryId.toLowerCase()];
    const registry = known.get(name);
    return registry?.removed ? undefined : registry;
  }

  #event(
    notice: Notice,
    key: string,
    registry: RegistryObserved,
    receivedAt: string,
    traceparent: string | undefined,
  ): AnyEvent {
    const { sender, senderEventId, action, repository, digest, tag, mediaType, occurredAt, body } = notice;
    const from = registry.registryId.toLowerCase();
    const id = notificationId(sender, isTagKey(key) ? `${from} ${key}` : from, senderEventId);
    const data: NotificationReceived = {
      sender,
      senderEventId,
      action,
      loginServer: registry.loginServer,
      registryId: registry.registryId,
      repository,
      ...(digest ? { digest } : {}),
      ...(tag ? { tag } : {}),
      ...(mediaType ? { mediaType } : {}),
      occurredAt,
      receivedAt,
      // The evidence is kept once.
      ...(isEvidence(body) && (digest === undefined || key === digest) ? { body } : {}),
    };
    return {
      id,
      source: '/assay/ingestion',
      subject: key,
      time: receivedAt,
      correlationid: id,
      ...(traceparent ? { traceparent } : {}),
      topic: 'notification.received',
      data,
    };
  }
}
