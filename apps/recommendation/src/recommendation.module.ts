import { Module, type DynamicModule } from '@nestjs/common';
import { VerdictsConsumer } from './consumer/verdicts.ts';

@Module({})
export class RecommendationModule {
  static of(): DynamicModule {
    return { module: RecommendationModule, controllers: [VerdictsConsumer] };
  }
}
