import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { consumeThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { ClassifierModule } from './classifier.module.ts';
import { decider } from './domain/decider.ts';
import { classifierSettings } from './settings.ts';

/** Turns each scan into a status and findings. */
export const classifier: Service = {
  name: 'classifier',
  routes: [],
  controllers: [],
  decider: decider as never,
  settings: classifierSettings,
  start: async ({ log, store, telemetry, observer }) => {
    const host = new ServiceHost(decider, { log, store, observer, tracer: telemetry.tracer('classifier') });
    const app = await NestFactory.create(ClassifierModule, new FastifyAdapter() as never, {
      abortOnError: false,
      logger: false,
    });
    await consumeThrough(app, host as never);
    await app.init();
    return {
      name: 'classifier',
      app,
      notes: () => host.notes(),
      figures: () => host.figures(),
      waits: () => host.waits,
      close: () => app.close(),
    };
  },
};
