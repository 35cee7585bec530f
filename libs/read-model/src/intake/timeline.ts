import type { AssayEvent, BySeverity } from '@assay/events';

const short = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12);

const counted = (counts: BySeverity): string => {
  const present = Object.entries(counts)
    .filter(([, count]) => Number(count) > 0)
    .map(([severity, count]) => `${String(count)} ${severity}`);
  return present.length > 0 ? present.join(', ') : 'no findings';
};

const because = (reason: string | undefined): string => (reason ? ` (${reason})` : '');
const total = (counts: BySeverity): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);

/** Summarises an event in one line for people. */
export const summaryOf = (event: AssayEvent): string => {
  switch (event.topic) {
    case 'notification.received':
      return `${event.data.sender} reported: ${event.data.action} of ${event.data.repository}`;
    case 'image.pushed': {
      const { repository, tag, digest, facts, inspection } = event.data;
      const description = facts
        ? [facts.kind, [facts.os, facts.architecture, facts.variant].filter(Boolean).join('/')]
            .filter(Boolean)
            .join(', ')
        : `inspection failed: ${inspection?.code ?? 'unknown'}${inspection?.trying ? ', will be retried' : ''}`;
      return `pushed ${repository}${tag ? `:${tag}` : `@${short(digest)}`} (${description})`;
    }
    case 'image.deleted':
      return `deleted from ${event.data.repository}`;
    case 'image.tagged': {
      const { tags, indexes, lost = [] } = event.data;
      const names = [...tags, ...indexes.map((index) => `index ${short(index)}`)];
      const gone = lost.map(({ tag, digest }) => `${tag} ${digest ? `names ${short(digest)}` : 'is gone'}`);
      return [names.length > 0 ? `tagged ${names.join(', ')}` : 'untagged', ...gone].join('; ');
    }
    case 'tag.moved':
      return `${event.data.tag} names ${event.data.digest ? short(event.data.digest) : 'no image'}`;
    case 'scan.approved':
      return `approved: ${event.data.kind}, lane ${event.data.lane}, due ${event.data.deadline}`;
    case 'scan.declined':
      return `declined: ${event.data.status}/${event.data.reason}. ${event.data.message}`;
    case 'scan.started':
      return (
        `scan started: attempt ${event.data.attempt}, ${event.data.scanner.name} ${event.data.scanner.version}, ` +
        `${event.data.driver}`
      );
    case 'scan.completed': {
      const { outcome, reason, scannerMs, pullMs, joinedScanId, trying } = event.data;
      const how = joinedScanId
        ? 'result of an earlier scan of this digest'
        : `scanner ${scannerMs} ms, pull ${pullMs} ms`;
      return `scan ${outcome}${because(reason)}: ${trying ? 'will be retried' : how}`;
    }
    case 'scan.reassessed': {
      const { database, content, findings, removed = [], set } = event.data;
      const difference =
        content === 'change' ? `${findings.length} findings put, ${removed.length} removed` : `${set.count} findings`;
      return `assessed again with advisories built ${database.builtAt}: ${difference}`;
    }
    case 'finding.classified':
      return (
        `classified ${event.data.status}${because(event.data.reason)}: ${counted(event.data.bySeverity)}, ` +
        `${event.data.fixable} fixable, by ${event.data.cause}`
      );
    case 'recommendation.changed': {
      const { previous, status, reason, bySeverity } = event.data;
      if (!previous || previous.status !== status)
        return `recommendation: ${previous ? `${previous.status} → ` : ''}${status}${because(reason)}`;
      const [before, now] = [total(previous.bySeverity), total(bySeverity)];
      return (
        `recommendation: still ${status}${because(reason)}, ` +
        `${before === now ? `${now} findings, some of them changed` : `${before} → ${now} findings`}`
      );
    }
    case 'usage.charged':
      return event.data.correctionOf === undefined
        ? `charged ${event.data.amount} ${event.data.currency} (${event.data.priceRule})`
        : `corrected by ${event.data.amount} ${event.data.currency}: ${event.data.why ?? ''} (${event.data.by ?? ''})`;
    case 'image.running': {
      const { cluster, state, namespaces } = event.data;
      return `${state} in ${cluster}${namespaces ? ` (${namespaces.join(', ')})` : ''}`;
    }
    case 'cluster.reported':
      return `${event.data.cluster} reported ${event.data.digests} digests`;
    case 'operator.acted': {
      const { command, target, by, why, outcome, details } = event.data;
      if (command === 'sweep') {
        const { loginServer, gone, known } = details as Record<string, string>;
        return `${outcome}: sweep of ${loginServer}, ${gone} of ${known} images gone, by ${by}: ${why}`;
      }
      const verb = outcome === 'redriven' || outcome === 'dropped' ? outcome : command;
      return `${outcome === 'ordered' ? 'ordered: ' : ''}${verb} ${target} by ${by}: ${why}`;
    }
    case 'registry.observed': {
      const { loginServer, networkAccess, removed, by } = event.data;
      return `registry ${loginServer} ${removed ? 'removed' : networkAccess}, by ${by}`;
    }
    case 'plan.changed': {
      const { plan, tier, mode, by, why } = event.data;
      return `plan ${plan} ${tier}, ${mode}, by ${by}${why ? `: ${why}` : ''}`;
    }
    case 'rule.changed': {
      const { ruleId, removed, by, reason } = event.data;
      return `rule ${ruleId} ${removed ? 'removed' : 'set'} by ${by}: ${reason}`;
    }
    case 'charge.corrected':
      return (
        `correction of charge ${event.data.chargeId} by ${event.data.amount} ordered by ${event.data.by}: ` +
        `${event.data.why}`
      );
    case 'period.changed':
      return `billing of ${event.data.period} ${event.data.state} by ${event.data.by}: ${event.data.why}`;
    case 'subscription.observed': {
      const { subscriptionName, discovery, removed } = event.data;
      return `subscription ${subscriptionName} ${removed ? 'let go' : 'listed'} by ${discovery}`;
    }
    case 'log.sealed':
      return 'the log was sealed';
    case 'owners.changed':
      return `owners of ${Object.keys(event.data.owners).length} repositories by ${event.data.by}`;
    case 'export.recorded':
      return `charges of ${event.data.period ?? 'all months'} exported by ${event.data.by}: ${event.data.why}`;
    case 'assessment.written':
      return (
        `assessment ${event.data.assessmentKey} ${event.data.removed ? 'removed' : event.data.code} by ` +
        `${event.data.by}`
      );
    case 'vulnerability.described':
      return `described ${event.data.vulnerability}${event.data.title ? `: ${event.data.title}` : ''}`;
    case 'advisories.updated':
      return `advisories of ${event.data.scanner} built ${event.data.database.builtAt}`;
    case 'advisories.offered':
      return `advisories of ${event.data.scanner} built ${event.data.database.builtAt} ${event.data.state}`;
    case 'advisories.weighed':
      return `advisories weighed in partition ${event.data.partition}: ${event.data.closing} findings would close`;
    default:
      return event satisfies never;
  }
};
