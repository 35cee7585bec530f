import { join } from 'node:path';
import { armApplication } from '@assay/http';
import { consumeThrough, openSnapshots, refuseOlderLog, ServiceHost, type Service } from '@assay/event-sourcing';
import { measuredRequests } from '@assay/telemetry';
import { closingNotes } from './domain/closings.ts';
import { decider, deciderClosing } from './domain/decider.ts';
import { Peers, recommendationControllers, SignIn, StatementKey } from './http/index.ts';
import { RecommendationModule } from './recommendation.module.ts';
import { measuredView, parkedByView, View } from '@assay/read-model/index';
import { recommendationSettings } from './settings.ts';

export { View } from '@assay/read-model/index';
export { viewMemory } from './settings.ts';

/** Path of the read model's file in the service's folder. */
export const viewFile = (folder: string): string => join(folder, 'view.duckdb');

/** Publishes changes of recommendations and serves the APIs. */
export const recommendation: Service = {
  name: 'recommendation',
  routes: [
    /^\/(subscriptions|providers|tenants|metadata|assay)(\/|$)/i,
    /^\/(docs(\/|$)|portal(\/|$)|openapi\.json$)/i,
  ],
  home: '/portal/',
  controllers: recommendationControllers,
  decider: decider as never,
  settings: recommendationSettings,
  start: async ({ log, store, blobs, telemetry, observer, env, folder, progress, fatal, together }) => {
    const {
      untaggedDays,
      caller,
      rate,
      publicBase,
      signingKey,
      services,
      portal,
      assessment,
      graph,
      lanes,
      viewMemory,
      snapshots,
      sealKeys,
    } = recommendationSettings.read(env);
    progress(viewMemory.line);
    const peers = new Peers(services, together);
    const host = new ServiceHost(deciderClosing(untaggedDays), {
      log,
      store,
      observer,
      tracer: telemetry.tracer('recommendation'),
      parkedElsewhere: async (): Promise<Readonly<Record<string, number>>> => parkedByView(view, () => host.owned()),
    });
    // A log in a file has no ids of topics, and one replica. Its read model lies beside it.
    const snapshotStore = snapshots && log.topicIds ? openSnapshots(env) : undefined;
    // Before the read model takes anything of it; the host looks when it consumes, which is later.
    await refuseOlderLog(log);
    const view: View = await View.open({
      path: viewFile(folder),
      log,
      memoryMb: viewMemory.megabytes,
      queries: { memoryMb: graph.memoryMb },
      snapshots: snapshots &&
        snapshotStore && {
          ...snapshots,
          store: snapshotStore,
          isTaker: () => host.owned().includes(0),
          onProgress: progress,
        },
      onError: (error) => observer.failed('recommendation', 'the view', error),
      onBroken: fatal,
      onWait: (wait) => observer.waiting(wait),
    });
    const signIn = new SignIn(caller.oidc?.authority, caller.oidc?.audience);
    const app = await armApplication(
      RecommendationModule.of(
        view,
        assessment,
        portal,
        graph,
        log,
        peers,
        blobs,
        signIn,
        lanes,
        new StatementKey(sealKeys?.current),
      ),
      {
        access: caller.access,
        rate,
        signingKey,
        publicBase,
        noticed: progress,
        failed: (context, error) => observer.failed('recommendation', context, error),
        answered: measuredRequests('recommendation'),
      },
    );
    await consumeThrough(app, host as never);
    await app.init();
    const unmeasured = measuredView(
      view,
      () => host.owned(),
      (error) => observer.failed('recommendation', 'the figures of the estate', error),
    );
    const ready = async (): Promise<string | undefined> =>
      (await view.freshness()).state === 'behind' ? 'the read model has not caught up with the log yet' : undefined;
    return {
      name: 'recommendation',
      app,
      ready,
      answersWithoutAppending: true,
      notes: () => [...host.notes(), ...closingNotes(host.config.value)],
      figures: async () => ({ ...(await host.figures()), viewBehindSeconds: view.behindSeconds }),
      waits: () => [...host.waits, ...view.waits],
      trouble: () => view.trouble,
      ending: () => {
        view.imageChanges.end();
        view.changeFeed.end();
      },
      close: async () => {
        unmeasured();
        await app.close();
        await view.close();
      },
    };
  },
};
