import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes the results of scans: answers to approvals, and reassessments. */
@Controller()
export class ScansConsumer {
  @EventPattern<string>('scan.completed')
  completed(@Payload() event: AssayEvent<'scan.completed'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('scan.reassessed')
  reassessed(@Payload() event: AssayEvent<'scan.reassessed'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
