import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import { badRequest } from '@assay/arm';
import { callerOf, Described, Needs, type ArmRequest, type PageOf } from '@assay/http';
import { isDigest, present, recallOf } from '@assay/events';
import { LogClient } from '@assay/messaging';
import { scannersKnown, type ScannerRecord } from './scanners.ts';
import { View } from '@assay/read-model/view/view';
import { recorded } from '../appending.ts';
import { FreshGuard } from '../fresh.guard.ts';
import { Lanes } from '../lanes.ts';
import { OrderBody } from '../parked-events/parked.dto.ts';
import * as described from './scanners.openapi.ts';

/** Builds of scanners whose results are in use, and their recall. */
@Controller('assay/scanners')
@UseGuards(FreshGuard)
export class ScannersController {
  constructor(
    private readonly view: View,
    private readonly lanes: Lanes,
    @Inject(LogClient) private readonly log: LogClient,
  ) {}

  @Get()
  @Needs('scanners/read')
  @Described(described.listed)
  async list(@Req() request: ArmRequest): Promise<PageOf<object>> {
    return { value: await this.lanes.page(request, scannersKnown) };
  }

  /**
   * Discards the results of a build: its images are undetermined until another build has scanned them. Answers when the
   * recall is in force here.
   */
  @Post(':digest/recall')
  @Needs('scanners/write')
  @HttpCode(200)
  @Described(described.recalled)
  async recall(
    @Param('digest') digest: string,
    @Body() body: OrderBody,
    @Req() request: ArmRequest,
  ): Promise<ScannerRecord> {
    if (!isDigest(digest))
      throw badRequest('InvalidRequestContent', 'A scanner build is named by sha256: and 64 hex digits.', {
        target: 'digest',
      });
    // A missing body or a list bypasses the validation of the DTO.
    const why = (body as OrderBody | undefined)?.why;
    if (why === undefined)
      throw badRequest(
        'InvalidRequestContent',
        'The request content must be an object with `why`: the reason goes into the audit trail.',
        { target: 'why' },
      );
    const target = recallOf(digest);
    await recorded(this.log, this.view, request, {
      topic: 'operator.acted',
      subject: target,
      data: { command: 'recall', target, by: callerOf(request).name, why, outcome: 'ordered' },
    });
    const scanners = await this.lanes.byKey(request, scannersKnown);
    return present(
      scanners.find((one) => one.digest === digest),
      'recalled scanner',
    );
  }
}
