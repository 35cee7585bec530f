import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes the verdicts: the images to scan, and those not to scan. And what runs, which is matched first. */
@Controller()
export class VerdictsConsumer {
  @EventPattern<string>('scan.approved')
  approved(@Payload() event: AssayEvent<'scan.approved'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('scan.declined')
  declined(@Payload() event: AssayEvent<'scan.declined'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('image.running')
  running(@Payload() event: AssayEvent<'image.running'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
