import { Controller, Get, Query as QueryParam, Req, Res, StreamableFile, UseGuards } from '@nestjs/common';
import { unavailable } from '@assay/arm';
import { callerOf, closing, Described, NeedsSomewhere, type ArmReply, type ArmRequest } from '@assay/http';
import { NoCopy } from '@assay/read-model/store/copies';
import { exported } from './export.ts';
import { View } from '@assay/read-model/view/view';
import { readableBy } from '@assay/read-model/store/readable';
import { FreshGuard } from '../fresh.guard.ts';
import * as described from './exports.openapi.ts';
import { linesOf } from './lines.ts';

const type = 'application/x-ndjson; charset=utf-8';

/** Serves all findings at once, with the offsets from which a consumer of the topics goes on. */
@Controller('assay/sets')
@UseGuards(FreshGuard)
export class ExportsController {
  #isExporting = false;

  constructor(private readonly view: View) {}

  @Get()
  @NeedsSomewhere('findings/read')
  @Described(described.exported)
  async exported(
    @Req() request: ArmRequest,
    @Res({ passthrough: true }) reply: ArmReply,
    @QueryParam('subscription') subscriptionId?: string,
  ): Promise<StreamableFile> {
    const caller = callerOf(request);
    if (request.method === 'HEAD') return new StreamableFile(Buffer.of(), { type });
    // Each export has a copy of the read model and a process of its own.
    if (this.#isExporting) throw unavailable('Another export is running.', 10);
    this.#isExporting = true;
    const { body, begun, ended } = linesOf(
      (write) => exported(this.view, { caller: caller.name, prefixes: readableBy(caller), subscriptionId }, write),
      { closed: closing(reply), failed: (error) => this.view.report(error) },
    );
    void ended.finally(() => {
      this.#isExporting = false;
    });
    try {
      await begun;
    } catch (error) {
      throw error instanceof NoCopy ? unavailable('Nothing can be exported at the moment.', 5) : error;
    }
    return new StreamableFile(body, { type });
  }
}
