import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { badRequest, notFound, unavailable } from '@assay/arm';
import { callerOf, Described, Needs, Paging, type ArmReply, type ArmRequest, type PageOf } from '@assay/http';
import { present, stepOf, targetIn, targetOf, type App } from '@assay/events';
import { LogClient, type EventLog } from '@assay/messaging';
import type { HaltedPartition } from '@assay/read-model/intake/halted';
import { inOrder } from '@assay/read-model/intake/parked';
import { View } from '@assay/read-model/view/view';
import { appended, marksOf } from '../appending.ts';
import { FreshGuard } from '../fresh.guard.ts';
import * as described from './halted.openapi.ts';
import { OrderBody } from '../parked-events/parked.dto.ts';
import { causeOf } from '../parked-events/parked.response.ts';

interface Params {
  readonly app: string;
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}

/**
 * Halted partitions, whose log differs from what the service read, and the order to resume. Like parked events, they
 * concern the whole suite.
 */
@Controller('assay/halted')
@UseGuards(FreshGuard)
export class HaltedController {
  constructor(
    private readonly view: View,
    private readonly paging: Paging,
    @Inject(LogClient) private readonly log: LogClient,
  ) {}

  @Get()
  @Needs('parked/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<object>> {
    const after = this.paging.position<string>(request);
    const size = this.paging.pageSize;
    const rest = this.view.halted
      .all()
      .filter(({ target }) => after === undefined || inOrder(target, after) > 0)
      .toSorted((a, b) => inOrder(a.target, b.target));
    const shown = rest.slice(0, size);
    const last = shown.at(-1);
    return {
      value: await Promise.all(shown.map((one) => this.#shown(one))),
      ...(rest.length > size && last ? { nextLink: this.paging.nextLink(request, last.target) } : {}),
    };
  }

  @Post(':app/:topic/:partition/:offset/resume')
  @HttpCode(200)
  @Needs('parked/write')
  @Described(described.resumed)
  async resume(
    @Param() { app, topic, partition, offset }: Params,
    @Body() body: OrderBody,
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
  ): Promise<object> {
    const named = targetIn(`${app}/${topic}/${partition}/${offset}`);
    if (!named)
      throw badRequest(
        'InvalidRequestContent',
        'A partition that stands still is named <service>/<topic>/<partition>/<offset>, for example ' +
          'classifier/scan.completed/3/17.',
        { target: 'target' },
      );
    const target = targetOf(named);
    const halted = this.view.halted.get(target);
    if (halted?.outcome !== 'halted')
      throw notFound('ResourceNotFound', `No partition stands still at ${target}.`, 'target');
    // A missing body or a list bypasses the validation of the DTO.
    const why = (body as OrderBody | undefined)?.why;
    if (why === undefined)
      throw badRequest(
        'InvalidRequestContent',
        'The request content must be an object with `why`: the reason goes into the audit trail.',
        { target: 'why' },
      );
    const marks = marksOf(request);
    const { id } = marks;
    await appended(this.log, {
      ...marks,
      source: '/assay/recommendation',
      subject: target,
      time: new Date().toISOString(),
      correlationid: halted.emittedIn,
      causationid: halted.emittedIn,
      topic: 'operator.acted',
      data: { command: 'resume', target, by: callerOf(request).name, why, outcome: 'ordered' },
    });
    if (await this.view.resumed(target)) return { target, order: id, outcome: 'resumed' };
    reply.code(202);
    return { target, order: id, outcome: 'ordered' };
  }

  /** Includes the number of records to read again: all that the service consumes in that partition. */
  async #shown({ target, why, since }: HaltedPartition): Promise<object> {
    const { app: service, topic, partition, offset } = present(targetIn(target), 'target of the halt');
    const log = this.log.unwrap<EventLog>();
    const ends = await Promise.all(
      stepOf(service as App).consumes.map((received) => log.end(received, partition)),
    ).catch(() => {
      throw unavailable('The log cannot be read at the moment.', 5);
    });
    return {
      target,
      service,
      topic,
      partition,
      readUpTo: offset,
      since,
      ...causeOf(why),
      rereads: ends.reduce((sum, end) => sum + end, 0),
    };
  }
}
