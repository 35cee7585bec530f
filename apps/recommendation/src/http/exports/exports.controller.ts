import { Controller, Get, Query as QueryParam, Req, StreamableFile, UseGuards } from '@nestjs/common';
import { ArmError } from '@assay/arm';
import { callerOf, Described, NeedsSomewhere, type ArmRequest } from '@assay/http';
import { Turns } from '@assay/read-model/store/turns';
import { exported } from './export.ts';
import { View } from '@assay/read-model/view/view';
import { readableBy } from '@assay/read-model/store/readable';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import * as described from './exports.openapi.ts';

const type = 'application/x-ndjson; charset=utf-8';

/** Serves all findings at once, with the offsets from which a consumer of the topics goes on. */
@Controller('assay/sets')
@UseGuards(FreshGuard)
export class ExportsController {
  /** Each export has a copy of the read model and a process of its own. */
  readonly #turns: Turns;
  /** Callers whose export runs or waits. */
  readonly #callers = new Set<string>();

  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
  ) {
    this.#turns = new Turns({ yieldsAfterMs: lanes.limits.yieldsAfterMs });
  }

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.exported)
  async exported(
    @Req() request: ArmRequest,
    @QueryParam('subscription') subscriptionId?: string,
  ): Promise<StreamableFile> {
    const { name } = callerOf(request);
    if (request.method === 'HEAD') return new StreamableFile(Buffer.of(), { type });
    if (this.#callers.has(name))
      throw new ArmError(429, 'TooManyRequests', 'Another export of this caller is running.', {
        headers: { 'retry-after': '10' },
      });
    this.#callers.add(name);
    const asked = { caller: name, prefixes: readableBy(callerOf(request)), subscriptionId };
    const answer = this.lanes.body(request, this.#turns, { type }, (write) => exported(this.view, asked, write));
    // The place is free once the body has ended, or was never begun.
    const free = (): void => void this.#callers.delete(name);
    answer.then((file) => file.getStream().once('close', free), free);
    return answer;
  }
}
