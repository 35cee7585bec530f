import { placeOf, shortly, type ImagePlace } from './place.ts';

// The causes of events by the published contract alone. No code of the product: a judge never uses the code that it
// judges.

/** An event as any reader of the log has it. */
export interface ReadEvent {
  readonly id: string;
  readonly topic: string;
  readonly causationid?: string | undefined;
  readonly data: object;
}

/** A value, and the events of which each is enough for it. An event that repeats the value is none of them. */
interface Fact {
  readonly value: string;
  readonly by: readonly string[];
}

const inputs = ['push', 'deletion', 'switch', 'mode', 'access'] as const;
/** Everything on which a verdict rests. */
type Inputs = Readonly<Record<(typeof inputs)[number], Fact>>;

interface Pushed extends ImagePlace {
  readonly subscriptionId: string;
  readonly pushId: string;
  readonly pushedAt: string;
  readonly facts?: { readonly os?: string };
  readonly inspection?: { readonly code: string };
}
interface Observed {
  readonly registryId: string;
  readonly networkAccess: string;
  readonly removed: boolean;
  readonly removedImages?: string;
}
interface Planned {
  readonly subscriptionId: string;
  readonly plan: string;
  readonly tier: string;
  readonly mode: string;
}
interface Judged extends ImagePlace {
  readonly subscriptionId: string;
  readonly pushId: string;
  readonly verdict: number;
  readonly classification?: number;
  readonly mode?: string;
  readonly reason?: string;
  readonly status?: string;
  readonly scanId?: string;
}
interface Charged extends Judged {
  readonly chargeId: string;
  readonly correctionOf?: string;
}
interface Ordered {
  readonly chargeId: string;
  readonly correctionId: string;
}

/** The pushes and deletions of a placement, each with the id of its event, and the verdict before. */
interface Place {
  readonly pushes: { readonly id: string; readonly data: Pushed }[];
  readonly deletions: { readonly id: string; readonly at: string }[];
  answered?: { readonly pushId: string; readonly inputs: Inputs };
}

/** The rules in their order, for images of linux and windows in a registry of the public cloud. */
const outcomeOf = ({ push, deletion, switch: on, mode, access }: Inputs): string =>
  deletion.value === 'deleted'
    ? 'image-deleted'
    : access.value === 'closed'
      ? 'registry-removed'
      : on.value !== 'on'
        ? 'plan-disabled'
        : access.value === 'restricted'
          ? 'registry-not-public'
          : push.value === 'linux'
            ? `approved, ${mode.value}`
            : push.value;

const pushText = ({ facts, inspection }: Pushed): string =>
  inspection ? `inspection-failed/${inspection.code}` : facts?.os === 'windows' ? 'windows-image' : 'linux';

const fact = (before: Fact | undefined, value: string, by: string): Fact =>
  before?.value === value ? before : { value, by: [by] };

const unset: Fact = { value: 'unset', by: [] };

/**
 * Follows the log of events about one image, whose services read all of it before they decide, and judges the cause of
 * each event: without it the event would be another one, or none.
 */
export class CauseJudge {
  readonly #events = new Map<string, ReadEvent>();
  readonly #places = new Map<string, Place>();
  readonly #plans = new Map<string, Map<string, Planned>>();
  readonly #switches = new Map<string, Pick<Inputs, 'switch' | 'mode'>>();
  readonly #access = new Map<string, Fact>();
  /** The first classification that is charged, by subscription. */
  readonly #chargeable = new Map<string, string>();
  readonly #charges = new Map<string, Charged>();

  /** @returns what is wrong with the cause of the event; undefined if nothing is */
  take(event: ReadEvent): string | undefined {
    const causes = this.#causesOf(event);
    this.#events.set(event.id, event);
    const { topic, id, causationid = 'none', data } = event;
    if (causes === undefined || causes.includes(causationid)) return undefined;
    const named = [causationid, ...causes].map((cause) => `${this.#events.get(cause)?.topic ?? 'unknown'} ${cause}`);
    return (
      `${topic} ${id} (${shortly(JSON.stringify(data)).slice(0, 80)}) names ${named[0]}, and its cause is ` +
      (named.slice(1).join(' or ') || 'nothing')
    );
  }

  /** The events that may be the cause of an event. Undefined for one that comes from outside. */
  #causesOf({ id, topic, data }: ReadEvent): readonly string[] | undefined {
    switch (topic) {
      case 'image.pushed':
        this.#placeOf(data as Pushed).pushes.push({ id, data: data as Pushed });
        return undefined;
      case 'image.deleted':
        this.#placeOf(data as ImagePlace).deletions.push({ id, at: (data as { deletedAt: string }).deletedAt });
        return undefined;
      case 'plan.changed':
        this.#planned(id, data as Planned);
        return undefined;
      case 'registry.observed': {
        const { registryId, networkAccess, removed, removedImages } = data as Observed;
        const access = removed && removedImages === 'close' ? 'closed' : networkAccess;
        this.#access.set(registryId, fact(this.#access.get(registryId), access, id));
        return undefined;
      }
      case 'scan.approved':
      case 'scan.declined':
        return this.#causesOfVerdict(topic, data as Judged);
      case 'scan.completed':
        return this.#about(data as Judged, 'scan.approved');
      case 'finding.classified': {
        const { subscriptionId, status } = data as Judged;
        if ((status === 'healthy' || status === 'unhealthy') && !this.#chargeable.has(subscriptionId))
          this.#chargeable.set(subscriptionId, id);
        return this.#about(data as Judged, 'scan.completed');
      }
      case 'recommendation.changed':
        return this.#about(data as Judged, 'finding.classified', 'scan.declined');
      case 'usage.charged': {
        const charge = data as Charged;
        const isKnown = this.#charges.has(charge.chargeId);
        this.#charges.set(charge.chargeId, charge);
        if (isKnown) return [];
        return charge.correctionOf === undefined
          ? [this.#chargeable.get(charge.subscriptionId)].flatMap((one) => one ?? [])
          : this.#ordersOf(charge);
      }
      default:
        return undefined;
    }
  }

  /**
   * The inputs that moved since the verdict before, and without whose move it would still be another one. The first
   * verdict on a push is caused by the push.
   */
  #causesOfVerdict(topic: string, data: Judged): readonly string[] {
    const place = this.#placeOf(data);
    const now = this.#inputsOf(place, data);
    const before = place.answered;
    place.answered = { pushId: data.pushId, inputs: now };
    const outcome = topic === 'scan.approved' ? `approved, ${data.mode}` : data.reason;
    if (outcomeOf(now) !== outcome) return [];
    if (before?.pushId !== data.pushId) return now.push.by;
    const causes = inputs.filter((name) => outcomeOf({ ...now, [name]: before.inputs[name] }) !== outcome);
    return causes.flatMap((name) => now[name].by);
  }

  #inputsOf({ pushes, deletions }: Place, { registryId, subscriptionId }: Judged): Inputs {
    const last = pushes.at(-1);
    const pushedAt =
      pushes
        .map(({ data }) => data.pushedAt)
        .sort()
        .at(-1) ?? '';
    const gone = deletions.filter(({ at }) => at >= pushedAt);
    const { switch: on, mode } = this.#switches.get(subscriptionId) ?? { switch: unset, mode: unset };
    const push = { value: last ? pushText(last.data) : 'unset', by: last ? [last.id] : [] };
    return {
      push,
      // A push undoes the deletions before it, and an older one may be read again behind it.
      deletion:
        gone.length > 0
          ? { value: 'deleted', by: gone.map(({ id }) => id) }
          : {
              value: 'there',
              by: [...pushes.filter(({ data }) => data.pushedAt === pushedAt).map(({ id }) => id), ...push.by],
            },
      switch: on,
      mode,
      access: this.#access.get(registryId) ?? unset,
    };
  }

  #planned(id: string, planned: Planned): void {
    const { subscriptionId, plan } = planned;
    const plans = this.#plans.get(subscriptionId) ?? new Map<string, Planned>();
    this.#plans.set(subscriptionId, plans.set(plan, planned));
    const modes = [...plans.values()].filter(({ tier }) => tier === 'Standard').map(({ mode }) => mode);
    const { switch: on, mode } = this.#switches.get(subscriptionId) ?? { switch: undefined, mode: unset };
    this.#switches.set(subscriptionId, {
      switch: fact(on, modes.length > 0 ? 'on' : 'off', id),
      // The mode of a plan that is off is that of no image.
      mode: modes.length === 0 ? mode : fact(mode, modes.includes('extended') ? 'extended' : 'classic', id),
    });
  }

  /** The events of some topics about the same answer. */
  #about({ verdict, classification = 0, ...image }: Judged, ...topics: readonly string[]): string[] {
    const isSame = ({ topic, data }: ReadEvent): boolean => {
      const other = data as Judged;
      return (
        topics.includes(topic) &&
        placeOf(other) === placeOf(image) &&
        other.verdict === verdict &&
        (topic !== 'finding.classified' || other.classification === classification)
      );
    };
    return [...this.#events.values()].filter(isSame).map(({ id }) => id);
  }

  /** The orders of a correction, if they name a charge that is none itself. */
  #ordersOf({ chargeId, correctionOf = '' }: Charged): string[] {
    const corrected = this.#charges.get(correctionOf);
    if (!corrected || corrected.correctionOf !== undefined) return [];
    const isOrder = ({ topic, data }: ReadEvent): boolean => {
      const order = data as Ordered;
      return topic === 'charge.corrected' && order.correctionId === chargeId && order.chargeId === correctionOf;
    };
    return [...this.#events.values()].filter(isOrder).map(({ id }) => id);
  }

  #placeOf(image: ImagePlace): Place {
    const known = this.#places.get(placeOf(image)) ?? { pushes: [], deletions: [] };
    this.#places.set(placeOf(image), known);
    return known;
  }
}
