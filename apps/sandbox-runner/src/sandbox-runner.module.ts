import { Controller, Get, Inject, Module, type DynamicModule } from '@nestjs/common';
import { VerdictsConsumer } from './consumer/verdicts.ts';
import type { Bench } from './domain/state.ts';

const bench = Symbol('who scans here, with what');

@Controller()
class HealthController {
  constructor(@Inject(bench) private readonly known: Bench) {}

  @Get('healthz')
  alive(): { status: 'ok' } & Bench {
    return { status: 'ok', ...this.known };
  }
}

@Module({})
export class SandboxRunnerModule {
  static of(known: Bench): DynamicModule {
    return { module: SandboxRunnerModule, controllers: [VerdictsConsumer, HealthController], providers: [{ provide: bench, useValue: known }] };
  }
}
