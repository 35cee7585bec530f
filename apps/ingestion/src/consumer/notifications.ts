import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes the notifications that were appended to the log. */
@Controller()
export class NotificationsConsumer {
  @EventPattern<string>('notification.received')
  received(@Payload() event: AssayEvent<'notification.received'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
