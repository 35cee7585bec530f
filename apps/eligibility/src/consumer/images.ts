import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes pushes and deletions. */
@Controller()
export class ImagesConsumer {
  @EventPattern<string>('image.pushed')
  pushed(@Payload() event: AssayEvent<'image.pushed'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('image.deleted')
  deleted(@Payload() event: AssayEvent<'image.deleted'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
