import { derivedId, notificationId, placementKey, type ImagePushed, type Placement, type RegistryObserved } from '@assay/events';
import type { Circumstances, Decision, Draft, Job, Program, WantedJob } from '@assay/event-sourcing';
import { follow, hear, noConfig, say } from './folds.ts';
import { answeredIn, namesOf, type Config, type Heard, type HeardSource, type InspectResult, type InspectTask, type Push, type Said } from './state.ts';

/**
 * Which notifications have no answer? Facts are read once per digest and repository; until they are there an inspection is
 * wanted. Those of another repository are not taken: a digest is no secret, and who names one need not have the manifest.
 */
const decide = ({ heard, said }: { heard: Heard; said: Said }, { key: digest, config, jobs }: Circumstances<Config>): Decision => {
  const says: Draft[] = [];
  const wanted: WantedJob[] = [];
  const answered = new Set(answeredIn(said));
  for (const key of Object.keys(heard).toSorted()) {
    const source = heard[key]!;
    const registry = registryOf(source, config);
    if (!registry) continue;
    const placement: Placement = { subscriptionId: registry.subscriptionId, registryId: registry.registryId, loginServer: registry.loginServer, repository: source.repository, digest };
    says.push(...source.deletions.filter(({ cause }) => !answered.has(cause.id)).map(({ cause, deletedAt, receivedAt }): Draft =>
      ({ topic: 'image.deleted', cause, about: placementKey(placement), data: { ...placement, deletedAt, receivedAt } })));
    const open = openPushes(source, answered);
    if (open.length === 0) continue;
    const result = (said.shown?.[placementKey(placement)] ? said.facts : undefined) ?? resultOf(jobs, key);
    if (!result) { wanted.push(inspection(key, placement, open[0]!)); continue; }
    const names = { tags: unique(namesOf(source.pushes)), listedIn: unique(source.pushes.map(({ listedIn }) => listedIn)) };
    says.push(...open.flatMap((push) => answer(push, names, placement, result)));
  }
  return { says, jobs: wanted };
};

const registryOf = ({ loginServer, registryId }: HeardSource, config: Config): RegistryObserved | undefined => {
  const registry = loginServer ? config.byLoginServer[loginServer.toLowerCase()] : config.byId[(registryId ?? '').toLowerCase()];
  return registry?.removed ? undefined : registry;
};

const openPushes = (source: HeardSource, answered: ReadonlySet<string>): Push[] => source.pushes.filter((push) => !answered.has(push.cause.id) && !isToldOtherwise(push, source, answered));

/** A child of an index is one push, whether it is told of itself, through its index, or both, and in whatever order. */
const isToldOtherwise = (push: Push, { pushes, deletions }: HeardSource, answered: ReadonlySet<string>): boolean => {
  if (push.sender !== 'index') return push.tag === undefined && pushes.some(({ sender, cause, occurredAt }) => sender === 'index' && answered.has(cause.id) && occurredAt >= push.occurredAt);
  const isGoneBefore = (direct: Push): boolean => deletions.some(({ deletedAt }) => direct.occurredAt <= deletedAt && deletedAt < push.occurredAt);
  return pushes.some((direct) => direct.sender !== 'index' && !isGoneBefore(direct));
};

const resultOf = (jobs: readonly Job[], key: string): Exclude<InspectResult, { failed: string }> | undefined => {
  const job = jobs.find(({ id, state }) => id === jobId(key) && state === 'finished');
  const result = job?.result as InspectResult | undefined;
  return result && 'failed' in result ? { code: result.failed, message: 'nobody finished the inspection', attempts: Math.max(1, job!.attempt) } : result;
};

/** Each registry has a lane of its own. */
export const inspectionLane = (loginServer: string): string => `inspect/${loginServer.toLowerCase()}`;

const jobId = (key: string): string => `inspect/${key}`;

const inspection = (key: string, { loginServer, repository, digest }: Placement, { tag, listedIn, cause }: Push): WantedJob => {
  const task: InspectTask = { loginServer, repository, digest, ...(tag ? { tag } : {}), listed: listedIn !== undefined, ...(cause.traceparent ? { traceparent: cause.traceparent } : {}) };
  return { id: jobId(key), lane: inspectionLane(loginServer), payload: task };
};

const answer = (push: Push, names: Pick<ImagePushed, 'tags' | 'listedIn'>, placement: Placement, result: Exclude<InspectResult, { failed: string }>): Draft[] => {
  const { cause, sender, tag, mediaType = '', occurredAt, receivedAt } = push;
  const pushed: Omit<ImagePushed, 'facts' | 'inspection' | 'mediaType'> = {
    ...placement, pushId: cause.correlationid, pushedAt: occurredAt, receivedAt, ...names,
    ...(tag ? { tag } : {}), origin: sender === 'sweep' ? 'sweep' : sender === 'index' ? 'index' : 'notification',
  };
  const draft = (data: object): Draft => ({ topic: 'image.pushed', cause, about: placementKey(placement), data: { ...pushed, ...data } });
  if ('code' in result) return [draft({ mediaType, inspection: { code: result.code, message: result.message, attempts: result.attempts } })];
  // The children go out first: once the push of the index is in the log, so are they.
  return [...children(push, placement, result), draft({ mediaType: result.mediaType, facts: result.facts })];
};

/** Of many tags the last ones: every later event carries them. */
const mostNames = 50;
const unique = (texts: readonly (string | undefined)[]): string[] => [...new Set(texts.filter((text) => text !== undefined))].slice(-mostNames);

/** What an index lists is told of like anything else that was pushed. */
const children = ({ cause, occurredAt, receivedAt }: Push, { loginServer, registryId, repository, digest }: Placement, { facts }: { facts: ImagePushed['facts'] & object }): Draft[] =>
  [...new Map((facts.children ?? []).map((child) => [child.digest, child])).values()].map((child): Draft => ({
    topic: 'notification.received', key: child.digest, cause, about: child.digest, id: notificationId('index', cause.id, child.digest),
    data: { sender: 'index', senderEventId: derivedId(cause.id, child.digest), action: 'push', loginServer, registryId, repository, digest: child.digest, listedIn: digest, occurredAt, receivedAt },
  }));

/** Makes pushes of notifications: each once, with what the manifest says. */
export const program: Program<Heard, Said, Config> = {
  app: 'ingestion', stateVersion: 1, hasJobs: true, empty: () => ({ heard: {}, said: { answered: [] } }), hear, say, decide, noConfig, follow,
  matters: ({ topic }) => topic === 'registry.observed',
};
