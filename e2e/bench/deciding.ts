import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { consumeThrough, ServiceHost, type RunningService, type Service } from '@assay/event-sourcing';
import { recommendation, View } from '@assay/recommendation';
import { VerdictsConsumer } from '../../apps/recommendation/dist/consumer/verdicts.js';

/** The part of recommendation that folds and decides, without its read model. */
export const deciding: Service = {
  ...recommendation,
  start: async ({ log, store, telemetry, observer }) => {
    const app = await NestFactory.create(
      { module: class Deciding {}, controllers: [VerdictsConsumer] },
      new FastifyAdapter() as never,
      { logger: false },
    );
    await consumeThrough(
      app,
      new ServiceHost(recommendation.decider, { log, store, observer, tracer: telemetry.tracer('recommendation') }),
    );
    await app.init();
    return { name: 'recommendation', app, close: () => app.close() };
  },
};

/** Waits until the read model of the whole service has applied every event in the log. */
export const held = ({ app }: RunningService): Promise<void> => app.get(View).caughtUp();
