import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { hearThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { ClassifierModule } from './classifier.module.ts';
import { program } from './domain/decide.ts';

/** Turns each scan into a status and findings. */
export const classifier: Service = {
  name: 'classifier',
  routes: [],
  controllers: [],
  program: program as never,
  start: async ({ log, store, telemetry, observer }) => {
    const host = new ServiceHost(program, { log, store, observer, tracer: telemetry.tracer('classifier') });
    const app = await NestFactory.create(ClassifierModule, new FastifyAdapter() as never, {
      abortOnError: false,
      logger: false,
    });
    await hearThrough(app, host as never);
    await app.init();
    return { name: 'classifier', app, notes: () => host.notes(), waits: () => host.waits, close: () => app.close() };
  },
};
