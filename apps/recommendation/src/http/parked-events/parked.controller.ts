import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ArmError, badRequest, notFound, unavailable } from '@assay/arm';
import { callerOf, Described, Needs, Paging, type ArmReply, type ArmRequest, type PageOf } from '@assay/http';
import { definitionOf, flow, targetIn, targetOf } from '@assay/events';
import { LogClient } from '@assay/messaging';
import type { RunQuery } from '@assay/read-model/store/duckdb';
import { inOrder, type ParkedEvent } from '@assay/read-model/intake/parked';
import { View } from '@assay/read-model/view/view';
import { appended, marksOf } from '../appending.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { OrderBody } from './parked.dto.ts';
import { outcomeShown, parkedShown, recordShown } from './parked.response.ts';
import * as described from './parked.openapi.ts';

interface Params {
  readonly app: string;
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}

const services: readonly string[] = [...flow.map(({ app }) => app), 'view'];
const one = ':app/:topic/:partition/:offset';

/**
 * Events that a service could not handle, and orders to redrive or drop them. Not limited to a scope: these permissions
 * are for the whole suite.
 */
@Controller('assay/parked')
@UseGuards(FreshGuard)
export class ParkedController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    private readonly paging: Paging,
    @Inject(LogClient) private readonly log: LogClient,
  ) {}

  @Get()
  @Needs('parked/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request);
    const size = this.paging.pageSize;
    const rest = this.view.parked
      .once()
      .filter(({ target }) => after === undefined || inOrder(target, after) > 0)
      .toSorted((a, b) => inOrder(a.target, b.target));
    const shown = rest.slice(0, size);
    const last = shown.at(-1);
    const repositories = await this.lanes.page(request, (query) => repositoriesOf(query, shown));
    return {
      value: shown.map((event) => this.#shown(event, repositories)),
      ...(rest.length > size && last ? { nextLink: this.paging.nextLink(request, last.target) } : {}),
    };
  }

  @Get(one)
  @Needs('parked/read')
  @Described(described.shown)
  async get(@Req() request: ArmRequest, @Param() params: Params): Promise<object> {
    const event = this.#parked(params);
    const [record, repositories] = await Promise.all([
      this.view.history.record(event.target).catch(() => {
        throw unavailable('The log cannot be read at the moment.', 5);
      }),
      this.lanes.page(request, (query) => repositoriesOf(query, [event])),
    ]);
    return { ...this.#shown(event, repositories), ...(record ? { record: recordShown(record) } : {}) };
  }

  @Post(`${one}/redrive`)
  @HttpCode(200)
  @Needs('parked/write')
  @Described(described.redriven)
  redrive(
    @Param() params: Params,
    @Body() body: OrderBody,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    const event = this.#parked(params);
    const first = this.view.parked.first(event);
    if (first !== event)
      throw new ArmError(409, 'Conflict', `The event waits behind ${first.target}: redrive or drop that one.`, {
        target: first.target,
      });
    return this.#order('redrive', event, body, request, reply);
  }

  @Post(`${one}/drop`)
  @HttpCode(200)
  @Needs('parked/write')
  @Described(described.dropped)
  drop(
    @Param() params: Params,
    @Body() body: OrderBody,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    return this.#order('drop', this.#parked(params), body, request, reply);
  }

  /** Appends the order and answers with its outcome, or with 202 if that takes longer than a moment. */
  async #order(
    command: 'redrive' | 'drop',
    event: ParkedEvent,
    body: OrderBody | undefined,
    request: ArmRequest,
    reply: ArmReply,
  ): Promise<object> {
    // A missing body or a list bypasses the validation of the DTO.
    const why = body?.why;
    if (why === undefined)
      throw badRequest(
        'InvalidRequestContent',
        'The request content must be an object with `why`: the reason goes into the audit trail.',
        { target: 'why' },
      );
    const marks = marksOf(request);
    const { id } = marks;
    const { target, topic, key, emittedIn, correlation = id } = event;
    await appended(this.log, {
      ...marks,
      source: '/assay/recommendation',
      subject: target,
      time: new Date().toISOString(),
      correlationid: correlation,
      topic: 'operator.acted',
      ...(emittedIn ? { causationid: emittedIn } : {}),
      data: {
        command,
        target,
        by: callerOf(request).name,
        why,
        outcome: 'ordered',
        details: { key, topic, ...(event.id ? { id: event.id } : {}) },
      },
    });
    const answer = await this.view.answered(target, id);
    this.view.queries.notified(callerOf(request).name);
    if (answer) return outcomeShown(answer, id);
    reply.code(202);
    return { target, order: id, outcome: 'ordered' };
  }

  #parked({ app, topic, partition, offset }: Params): ParkedEvent {
    const target = targetIn(`${app}/${topic}/${partition}/${offset}`);
    if (!target || !services.includes(target.app) || !definitionOf(target.topic)) {
      throw badRequest(
        'InvalidRequestContent',
        'A parked event is named <service>/<topic>/<partition>/<offset>, for example classifier/scan.completed/3/17.',
        { target: 'target' },
      );
    }
    const event = this.view.parked.get(targetOf(target));
    if (event?.outcome !== 'parked')
      throw notFound('ResourceNotFound', `No event ${targetOf(target)} is parked.`, 'target');
    return event;
  }

  #shown(event: ParkedEvent, repositories: ReadonlyMap<string, readonly string[]>): object {
    const first = this.view.parked.first(event);
    return parkedShown(event, {
      waitsFor: first === event ? undefined : first.target,
      repositories: repositories.get(event.key ?? '') ?? [],
    });
  }
}

/** Repositories of the images that the events are about. */
const repositoriesOf = async (
  query: RunQuery,
  events: readonly ParkedEvent[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const rows = await query<{ digest: string; repository: string }>(
    `select distinct digest, repository from images where digest in ` +
      `(select unnest(from_json($keys, '["varchar"]'))) order by repository`,
    { keys: JSON.stringify([...new Set(events.map(({ key }) => key))]) },
  );
  return new Map(
    [...Map.groupBy(rows, ({ digest }) => digest)].map(([digest, of]) => [
      digest,
      of.map(({ repository }) => repository),
    ]),
  );
};
