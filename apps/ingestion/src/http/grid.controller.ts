import { Controller, HttpCode, Inject, Options, Post, Req, Res } from '@nestjs/common';
import { ArmError, badRequest, notFound } from '@assay/arm';
import { Described, headerOf, type ArmReply } from '@assay/http';
import { jsonIn, speakersOf, accept, type IngestRequest, refuseBroken } from './answers.ts';
import { isCloudEvents, readCloudEvents } from './cloud-events.ts';
import { isValidation, readEventGrid, validationOf } from './event-grid.ts';
import { readGridEvent, type GridEvent } from './grid-event.ts';
import { Intake, type Receipt } from './intake.ts';
import { isObject, textOf, type RegistryRef } from './notification.ts';
import * as described from './ingest.openapi.ts';

const route = '/ingest/eventgrid';

/** The origins that may send events, for the handshake of CloudEvents. */
export class GridOrigins extends Set<string> {}

export const gridOriginsIn = (text = 'eventgrid.azure.net'): GridOrigins =>
  new GridOrigins(
    text
      .split(',')
      .map((origin) => origin.trim().toLowerCase())
      .filter(Boolean),
  );

/**
 * Receives events of Event Grid, in either schema. Event Grid accepts a request only as a whole, and accepts only 200
 * in the handshake.
 */
@Controller()
export class GridController {
  constructor(
    @Inject(GridOrigins) private readonly origins: GridOrigins,
    @Inject(Intake) private readonly intake: Intake,
  ) {}

  @Post('ingest/eventgrid')
  @HttpCode(200)
  @Described(described.gridEvents)
  async events(@Req() request: IngestRequest): Promise<Receipt | { validationResponse: string }> {
    const allowed = speakersOf(request);
    const receivedAt = new Date().toISOString();
    const events = eventsIn(request);
    const eventType = headerOf(request, 'aeg-event-type');
    if (isValidation(eventType, events)) return this.#confirmed(eventType, events, allowed);
    const reads = events.map((event) => readGridEvent(event, receivedAt));
    const foreign = reads.find((read) => 'notice' in read && !this.intake.knows(read.notice, allowed));
    if (foreign) {
      this.intake.refused(reads, 'unknown-registry');
      throw unknownRegistry();
    }
    const receipt = await accept(this.intake, reads, allowed, receivedAt, route, request);
    refuseBroken(reads);
    return receipt;
  }

  /**
   * The handshake of CloudEvents. The callback that it may offer is not called: any caller could choose a URL that we
   * request.
   */
  @Options('ingest/eventgrid')
  @HttpCode(200)
  @Described(described.gridWelcome)
  welcome(@Req() request: IngestRequest, @Res({ passthrough: true }) reply: ArmReply): void {
    reply.header('allow', 'POST, OPTIONS');
    const origin = headerOf(request, 'webhook-request-origin');
    if (!origin) throw badRequest('InvalidRequestContent', 'The header WebHook-Request-Origin is missing.');
    if (!this.origins.has(origin.toLowerCase()))
      throw new ArmError(
        403,
        'OriginNotAllowed',
        'Events of this origin are not accepted; ASSAY_EVENTGRID_ORIGINS lists the accepted origins.',
      );
    reply.header('webhook-allowed-origin', origin).header('webhook-allowed-rate', '*');
  }

  /**
   * Confirms a subscription only to a sender that may speak for its registry. Otherwise anyone could subscribe a
   * foreign registry.
   */
  #confirmed(
    eventType: string | undefined,
    events: readonly GridEvent[],
    allowed: ReadonlySet<string>,
  ): { validationResponse: string } {
    const validation = validationOf(eventType, events);
    if (!validation)
      throw badRequest(
        'InvalidRequestContent',
        'A subscription is validated by the header "aeg-event-type: SubscriptionValidation" and a list ' +
          'of one event with a validationCode.',
      );
    const place: RegistryRef = { registryId: validation.about };
    if (!this.intake.knows(place, allowed)) throw unknownRegistry();
    return { validationResponse: validation.code };
  }
}

/**
 * Event Grid sends the event again after five minutes and more, for a day. A registry that is onboarded by then loses
 * nothing.
 */
const unknownRegistry = () =>
  notFound('RegistryNotFound', 'The event is about a registry that is not onboarded, or that has another secret.');

/** Returns the first required attribute that an event lacks. Entries that have none of the attributes are no events. */
const missingAttribute = (events: readonly unknown[], names: readonly string[]): string | undefined =>
  events
    .map((event) =>
      isObject(event) && names.some((name) => textOf(event[name]))
        ? names.find((name) => !textOf(event[name]))
        : undefined,
    )
    .find((name) => name !== undefined);

const eventsIn = (request: IngestRequest): GridEvent[] => {
  const body = jsonIn(request);
  const isCloud = isCloudEvents(request.headers, body);
  const events = isCloud ? readCloudEvents(request.headers, body) : readEventGrid(body);
  if (events) return events;
  const missing = missingAttribute([body].flat(), isCloud ? ['id', 'type', 'source'] : ['id', 'eventType', 'topic']);
  throw badRequest(
    'InvalidRequestContent',
    missing === undefined
      ? 'The body has no events: a list in the Event Grid schema, or CloudEvents 1.0 are expected.'
      : `The event has no '${missing}': an event needs its id, its type, and as ` +
          `${isCloud ? 'source' : 'topic'} the id of the registry, which a subscription of Event Grid adds ` +
          'and its clients do not.',
  );
};
