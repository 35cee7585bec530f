import { Controller, Get, Param, Req, UseGuards } from '@nestjs/common';
import type { Facts } from '@assay/events';
import { callerOf, Described, NeedsSomewhere, type ArmRequest, type Caller } from '@assay/http';
import { indexStanding, partOf, type PartOfIndex } from '@assay/read-model/placement/index-standing';
import { imageIdOf } from '@assay/read-model/intake/image-row';
import { imageEventsOf } from './image-events.ts';
import { advisoriesAt } from '../images/advisories.ts';
import { Images, type ShownChild, type ShownImage } from '../images/images.ts';
import { readableBy } from '@assay/read-model/store/readable';
import { View } from '@assay/read-model/view/view';
import { checkedDigest, unknownImage } from '../digest.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes, type ImageReads } from '../lanes.ts';
import { mayKnowCharges, mayReadParked } from '../images/images.controller.ts';
import { parkedHinted, parkedShown } from '../parked-events/parked.response.ts';
import { explained } from './why.openapi.ts';
import { outcomeOf, type WhyOutcome } from './outcome.ts';
import type { MayRead } from './step.ts';
import { stepsOf } from './why.response.ts';

/** Explains the status of an image by the events that led to it. */
@Controller('assay')
@UseGuards(FreshGuard)
export class WhyController {
  readonly #images: Images;

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {
    this.#images = new Images(view);
  }

  @Get('images/:digest/why')
  @NeedsSomewhere('findings/read')
  @Described(explained)
  async get(@Req() request: ArmRequest, @Param('digest') digest: string): Promise<object> {
    const caller = callerOf(request);
    checkedDigest(digest);
    const images = await this.lanes.byKey(request, (query) => this.#images.ofDigest(query, digest, readableBy(caller)));
    if (images.length === 0) throw unknownImage(digest);
    const reads = this.lanes.imageReads(request);
    const places: object[] = [];
    for (const image of images) places.push((await this.#placeOf(image, caller, reads)).shown);
    const shown = mayReadParked(caller) ? parkedShown : parkedHinted;
    const parked = this.view.parked
      .all()
      .filter(({ key }) => key === digest)
      .map((event) => shown(event));
    return { digest, places, ...(parked.length > 0 ? { parked } : {}) };
  }

  async #placeOf(
    { id, state, children }: Pick<ShownImage, 'id' | 'state' | 'children'>,
    caller: Caller,
    reads: ImageReads,
  ): Promise<ExplainedPlace> {
    const events = await imageEventsOf(reads, { id, state });
    const { subscriptionId, registryId, loginServer, repository, digest } = state.placement;
    const own = outcomeOf(events);
    const parts: PartOfIndex[] = [];
    const listed: object[] = [];
    for (const child of children ?? []) {
      const place = await this.#childOf(child, caller, reads);
      const part = partOf({
        ...(place?.outcome ?? queued),
        claimed: child,
        facts: place?.facts,
        deleted: place?.outcome.reason === 'image-deleted',
      });
      parts.push(part);
      listed.push(childShown(child, part, place));
    }
    const outcome = own ?? (children ? indexStanding(parts) : { status: events.started ? 'scanning' : 'queued' });
    const shown = {
      subscriptionId,
      registryId,
      loginServer,
      repository,
      digest,
      tags: (state.push ?? state.verdict)?.tags ?? [],
      ...outcome,
      advisoriesAt: advisoriesAt({ state, status: outcome.status, children }),
      steps: stepsOf(events, mayReadOf(caller, subscriptionId), this.view.now()),
      ...(children ? { children: listed } : {}),
    };
    return { shown, outcome, facts: events.pushed?.event.data.facts };
  }

  #childOf({ state, children }: ShownChild, caller: Caller, reads: ImageReads): Promise<ExplainedPlace | undefined> {
    return state
      ? this.#placeOf({ id: imageIdOf(state.placement), state, ...(children ? { children } : {}) }, caller, reads)
      : Promise.resolve(undefined);
  }
}

/** The explanation of an image at one place, and the parts of it that an index needs. */
interface ExplainedPlace {
  readonly shown: object;
  readonly outcome: WhyOutcome;
  readonly facts: Facts | undefined;
}

const queued: WhyOutcome = { status: 'queued' };

const childShown = (
  { digest, kind, os, architecture, variant }: ShownChild,
  { leftOut, unclear }: PartOfIndex,
  place: ExplainedPlace | undefined,
): object => ({
  digest,
  kind,
  ...(os ? { os } : {}),
  ...(architecture ? { architecture } : {}),
  ...(variant ? { variant } : {}),
  ...(leftOut === undefined ? {} : { leftOut }),
  ...(unclear === undefined ? {} : { unclear }),
  ...(place ? { place: place.shown } : {}),
});

/** Rules and plans may hold for a whole subscription, so a caller needs the permission for all of it. */
const mayReadOf = (caller: Caller, subscriptionId: string): MayRead => {
  const whole = { kind: 'subscription', subscriptionId } as const;
  return {
    charges: mayKnowCharges(caller, subscriptionId),
    plans: caller.may('plans/read', whole),
    rules: caller.may('rules/read', whole),
  };
};
