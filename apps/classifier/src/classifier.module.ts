import { Controller, Get, Module } from '@nestjs/common';
import { ScansConsumer } from './consumer/scans.ts';

@Controller()
class HealthController {
  @Get('healthz')
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }
}

@Module({ controllers: [ScansConsumer, HealthController] })
export class ClassifierModule {}
