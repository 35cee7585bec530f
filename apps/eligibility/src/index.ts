import { armApplication } from '@assay/http';
import { consumeThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { measuredRequests } from '@assay/telemetry';
import { decider } from './domain/decider.ts';
import { eligibilityControllers, EligibilityModule } from './eligibility.module.ts';
import { eligibilitySettings } from './settings.ts';

/** Gives each push its verdict and serves the plans. */
export const eligibility: Service = {
  name: 'eligibility',
  routes: [/^\/subscriptions\/[^/]+\/providers\/microsoft\.security\/pricings(\/|$)/i, /^\/assay\/plans(\/|$)/i],
  controllers: eligibilityControllers,
  decider: decider as never,
  settings: eligibilitySettings,
  start: async ({ log, store, telemetry, observer, env, progress }) => {
    const { caller, rate, signingKey, subscriptions } = eligibilitySettings.read(env);
    const host = new ServiceHost(decider, { log, store, observer, tracer: telemetry.tracer('eligibility') });
    const app = await armApplication(EligibilityModule.of(log, host.config, subscriptions), {
      access: caller.access,
      rate,
      signingKey,
      reached: ({ topic, offsets }) => host.config.reached(topic, offsets[0] ?? 0),
      noticed: progress,
      failed: (operation, error) => observer.failed('eligibility', operation, error),
      answered: measuredRequests('eligibility'),
    });
    await consumeThrough(app, host as never);
    await app.init();
    return {
      name: 'eligibility',
      app,
      notes: () => host.notes(),
      figures: () => host.figures(),
      waits: () => host.waits,
      close: () => app.close(),
    };
  },
};
