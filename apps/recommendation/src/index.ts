import { armApplication } from '@assay/arm';
import { hearThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { program } from './domain/decide.ts';
import { RecommendationModule } from './recommendation.module.ts';

/** Says what changed, and answers the APIs. */
export const recommendation: Service = {
  name: 'recommendation',
  routes: [/^\/(subscriptions|providers|assay)(\/|$)/i],
  program: program as never,
  start: async ({ log, store, telemetry, observer, env }) => {
    const host = new ServiceHost(program, { log, store, observer, tracer: telemetry.tracer('recommendation') });
    const app = await armApplication(RecommendationModule.of(), { token: env.ASSAY_API_TOKEN });
    await hearThrough(app, host as never);
    await app.init();
    return { name: 'recommendation', app, close: () => app.close() };
  },
};
