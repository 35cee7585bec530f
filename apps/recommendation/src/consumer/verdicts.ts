import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { AssayEvent } from '@assay/events';
import type { HandlerContext } from '@assay/event-sourcing';

/** Consumes pushes, their outcomes, the tags of images, and where they run. */
@Controller()
export class VerdictsConsumer {
  @EventPattern<string>('image.pushed')
  pushed(@Payload() event: AssayEvent<'image.pushed'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('image.tagged')
  tagged(@Payload() event: AssayEvent<'image.tagged'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('image.running')
  running(@Payload() event: AssayEvent<'image.running'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('scan.declined')
  declined(@Payload() event: AssayEvent<'scan.declined'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }

  @EventPattern<string>('finding.classified')
  classified(@Payload() event: AssayEvent<'finding.classified'>, @Ctx() { unit }: HandlerContext): void {
    unit.receive(event);
  }
}
