import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { BlobFailure } from '@assay/event-sourcing';
import { clusterPattern, isDigest, mostClusterName } from '@assay/events';
import { ArmError, badRequest, unavailable } from '@assay/arm';
import { callerOf, Described, Needs } from '@assay/http';
import { ClusterReports, type ReportCounts, type ReportedImage } from '../running/reports.ts';
import { jsonIn, type IngestRequest } from './answers.ts';
import * as described from './running.openapi.ts';

/** Takes reports of what runs in clusters. */
@Controller('assay/running')
export class RunningController {
  constructor(private readonly reports: ClusterReports) {}

  /** Answers once the report is in the log. */
  @Post()
  @HttpCode(200)
  @Needs('running/write')
  @Described(described.reported)
  async report(@Req() request: IngestRequest): Promise<ReportCounts> {
    const caller = callerOf(request);
    const { cluster, images } = reportIn(request);
    if (!caller.mayReport(cluster))
      throw new ArmError(
        403,
        'AuthorizationFailed',
        `The client '${caller.subject}' does not have authorization to report for the cluster '${cluster}'.`,
      );
    try {
      return await this.reports.take({ cluster, images, by: caller.name });
    } catch (error) {
      if (error instanceof BlobFailure && !error.retriable) throw error;
      throw unavailable('The log or the blob store does not answer at the moment. Send the report again.', 5);
    }
  }
}

const refused = (message: string, target: string): ArmError => badRequest('InvalidRequestContent', message, { target });

/** @throws ArmError 400 that names the member */
const reportIn = (request: IngestRequest): { readonly cluster: string; readonly images: readonly ReportedImage[] } => {
  const { cluster, images } = (jsonIn(request) ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof cluster !== 'string' || cluster.length > mostClusterName || !clusterPattern.test(cluster))
    throw refused(
      '`cluster` must be a name of at most 63 lower-case letters and digits, with hyphens between.',
      'cluster',
    );
  if (!Array.isArray(images) || images.length > described.mostImages)
    throw refused(`\`images\` must be a list of at most ${described.mostImages} images.`, 'images');
  return { cluster, images: images.map(imageIn) };
};

const imageIn = (image: unknown, at: number): ReportedImage => {
  const { digest, namespace } = (image ?? {}) as Readonly<Record<string, unknown>>;
  if (!isDigest(digest)) throw refused('A digest is `sha256:` and 64 lower-case hex digits.', `images[${at}].digest`);
  if (namespace === undefined) return { digest };
  if (typeof namespace !== 'string' || !described.namespacePattern.test(namespace))
    throw refused('`namespace` must be the name of a namespace of Kubernetes.', `images[${at}].namespace`);
  return { digest, namespace };
};
