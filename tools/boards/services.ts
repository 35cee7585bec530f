import { flow } from '@assay/events';
import { gauge, oneOf } from './expression.ts';

/** The services that a suite has, in the order of the flow. */
export const services = flow.map(({ app }) => app);

/**
 * Number of processes of each service that report, by the figure whose absence is `AssaySilence`. A service without any
 * has no series: one that ended counts until Prometheus finds no sample any more, five minutes later.
 */
export const reporting = gauge('nodejs.eventloop.utilization', { service: oneOf(...services) }).count('service');
