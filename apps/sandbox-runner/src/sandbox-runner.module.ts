import { Module } from '@nestjs/common';
import { VerdictsConsumer } from './consumer/verdicts.ts';

@Module({ controllers: [VerdictsConsumer] })
export class SandboxRunnerModule {}
