import { join } from 'node:path';
import { accessIn, armApplication, publicBaseIn, rateIn } from '@assay/http';
import { consumeThrough, ServiceHost, type Service } from '@assay/event-sourcing';
import { decider } from './domain/decider.ts';
import {
  addressesIn,
  graphSettingsIn,
  Peers,
  recommendationControllers,
  settingsIn,
  viewMemoryIn,
} from './http/index.ts';
import { RecommendationModule } from './recommendation.module.ts';
import { View } from './read-model/index.ts';

export { View } from './read-model/index.ts';

/**
 * Validates this service's settings before anything starts.
 * @throws Error that names the setting
 */
export const checkRecommendation = (env: Readonly<Record<string, string | undefined>>): void =>
  void [settingsIn(env), graphSettingsIn(env), addressesIn(env.ASSAY_SERVICES), viewMemoryIn(env)];

/** Path of the read model's file in the service's folder. */
export const viewFile = (folder: string): string => join(folder, 'view.duckdb');

/** Publishes changes of recommendations and serves the APIs. */
export const recommendation: Service = {
  name: 'recommendation',
  routes: [/^\/(subscriptions|providers|assay)(\/|$)/i, /^\/(docs(\/|$)|openapi\.json$)/i],
  controllers: recommendationControllers,
  decider: decider as never,
  start: async ({ log, store, telemetry, observer, env, folder, fatal, together }) => {
    const [settings, graph, peers] = [
      settingsIn(env),
      graphSettingsIn(env),
      new Peers(addressesIn(env.ASSAY_SERVICES), together),
    ];
    const view = await View.open({
      path: viewFile(folder),
      log,
      memoryMb: viewMemoryIn(env),
      queries: { memoryMb: graph.memoryMb },
      onError: (error) => observer.failed('recommendation', 'the view', error),
      onBroken: fatal,
      onWait: (wait) => observer.waiting(wait),
    });
    const host = new ServiceHost(decider, { log, store, observer, tracer: telemetry.tracer('recommendation') });
    const app = await armApplication(RecommendationModule.of(view, settings, graph, log, peers), {
      access: accessIn(env),
      rate: rateIn(env),
      signingKey: env.ASSAY_SIGNING_KEY,
      publicBase: publicBaseIn(env),
      failed: (context, error) => observer.failed('recommendation', context, error),
    });
    await consumeThrough(app, host as never);
    await app.init();
    const ready = async (): Promise<string | undefined> =>
      (await view.freshness()).state === 'behind' ? 'the read model has not caught up with the log yet' : undefined;
    return {
      name: 'recommendation',
      app,
      ready,
      notes: () => host.notes(),
      waits: () => [...host.waits, ...view.waits],
      trouble: () => view.trouble,
      ending: () => view.imageChanges.end(),
      close: async () => {
        await app.close();
        await view.close();
      },
    };
  },
};
