import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes completed scans. */
@Controller()
export class ScansConsumer {
  @EventPattern<string>('scan.completed')
  completed(@Payload() event: AssayEvent<'scan.completed'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
