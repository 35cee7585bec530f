import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes classifications of images. */
@Controller()
export class ClassificationsConsumer {
  @EventPattern<string>('finding.classified')
  classified(@Payload() event: AssayEvent<'finding.classified'>, @Ctx() context: HandlerContext): void {
    context.unit.receive(event);
  }
}
