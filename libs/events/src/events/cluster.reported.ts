import { IsInt, IsString, Min } from 'class-validator';
import { defineEvent } from '../definition.ts';
import { IsCluster, IsTime } from '../rules.ts';

/**
 * A cluster reported what runs there. An image whose last `image.running` of this cluster is not `gone` was last seen
 * then.
 */
export class ClusterReported {
  /** Name of the cluster. */
  @IsCluster() cluster: string;
  /** Time of the report. */
  @IsTime() reportedAt: string;
  /** Number of digests in the report. */
  @IsInt() @Min(0) digests: number;
  /** The caller, as it was authenticated. */
  @IsString() by: string;
}

export const clusterReported = defineEvent({
  topic: 'cluster.reported',
  data: ClusterReported,
  summary: 'A cluster reported which digests run there.',
  examples: {
    1: {
      cluster: 'prod',
      reportedAt: '2026-11-25T10:00:00.000Z',
      digests: 31,
      by: 'reporter (https://login.test)',
    },
  },
});
