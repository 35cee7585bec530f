import { lines, number, query, stack, upTo, zeroIsGood, type Board } from '../board.ts';
import { counter, countOf, gauge, oneOf, quantile } from '../expression.ts';
import { reporting, services } from '../services.ts';

/** Whether events go through all services. */
export const pipeline: Board = {
  name: 'pipeline',
  title: 'Assay: the pipeline',
  description: 'Events on their way through the six services: what waits, what is held up, what fails.',
  rows: [
    {
      title: 'Now',
      panels: [
        number(
          'Services that report',
          'short',
          reporting.count().orZero(),
          `Services of which a process sent metrics in the last five minutes. Good: ${services.length}. With fewer, ` +
            '"Processes of each service" shows which: do as the runbook of AssaySilence.',
          [
            [null, 'red'],
            [services.length, 'green'],
          ],
        ),
        number(
          'Kafka and Redis',
          'short',
          gauge('assay.up', { what: oneOf('kafka', 'redis') }).min(),
          '1 while every service reaches both.',
          [
            [null, 'red'],
            [1, 'green'],
          ],
        ),
        number(
          'Parked events',
          'short',
          gauge('assay.events.parked.now').sum(),
          'Events that could not be handled. Each holds up its image. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Partitions at a standstill',
          'short',
          gauge('assay.partitions.halted.now').sum(),
          'The log is no longer what a service read of it. It needs an order. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Partitions that wait',
          'short',
          gauge('assay.partitions.waiting').sum(),
          'Something is newer than the program that reads it: upgrade it. Good: 0.',
          zeroIsGood,
        ),
        number(
          'Oldest unpublished event',
          's',
          gauge('assay.outbox.age').max(),
          'Age of the oldest event that is not in the log yet. Good: below a few seconds.',
          upTo(5, 30),
        ),
        number(
          'Read model behind',
          's',
          gauge('assay.view.behind').max(),
          'How far answers are behind the log. Good: below a second.',
          upTo(2, 10),
        ),
        lines(
          'Processes of each service',
          'short',
          [query('{{service}}', reporting)],
          'Processes that report. Where a line ends, no process of the service runs, or its telemetry does not ' +
            'arrive: look at its pod or container, start it, or repair the telemetry (runbook of AssaySilence).',
        ),
      ],
    },
    {
      title: 'Load',
      panels: [
        lines(
          'Lag',
          'short',
          [query('{{service}}', gauge('assay.consumer.lag').sum('service'))],
          'Records that a service has not consumed yet.',
        ),
        lines(
          'Events received',
          'ops',
          [query('{{service}}', counter('assay.events.received').rate('5m').sum('service'))],
          'Records read, a second.',
        ),
        lines(
          'Events emitted',
          'ops',
          [query('{{service}} {{topic}}', counter('assay.events.emitted').rate('5m').sum('service', 'topic'))],
          'Events appended to the log, a second.',
        ),
        lines(
          'Oldest job',
          's',
          [query('{{service}} {{lane}}', gauge('assay.jobs.age').max('service', 'lane'))],
          'Age of the oldest unfinished job by lane. Fresh pushes have 15 minutes.',
        ),
        lines(
          'Jobs queued',
          'ops',
          [query('{{service}}', counter('assay.jobs.queued').rate('5m').sum('service'))],
          'Jobs put, a second.',
        ),
        lines(
          'Unpublished events',
          's',
          [query('{{service}}', gauge('assay.outbox.age').max('service'))],
          'Age of the oldest event that a service could not append.',
        ),
      ],
    },
    {
      title: 'What goes wrong',
      panels: [
        lines(
          'Failures',
          'short',
          [query('{{service}} {{kind}}', counter('assay.failures').increase('15m').sum('service', 'kind'))],
          'Failures of the environment or of a service, in 15 minutes. `internal` is a fault of the program.',
        ),
        lines(
          'Parked now',
          'short',
          [query('{{service}} {{topic}}', gauge('assay.events.parked.now').sum('service', 'topic'))],
          'Events that wait for an order.',
        ),
        lines(
          'Parked',
          'short',
          [
            query(
              '{{service}} {{topic}} {{code}}',
              counter('assay.events.parked').increase('1h').sum('service', 'topic', 'code'),
            ),
          ],
          'Events that were parked, an hour, with the cause.',
        ),
        lines(
          'Repeats and unknown types',
          'short',
          [
            query('repeated {{service}}', counter('assay.events.repeated').increase('15m').sum('service')),
            query(
              'skipped {{service}} {{type}}',
              counter('assay.events.skipped').increase('15m').sum('service', 'type'),
            ),
          ],
          'Repeats are normal after a restart. A skipped type belongs to no topic of this version.',
        ),
        lines(
          'Stores rebuilt',
          'short',
          [query('{{service}}', counter('assay.stores.filled').increase('15m').sum('service'))],
          'Partitions that were rebuilt from the log: after an upgrade, or because their store lacked events.',
        ),
        lines(
          'Reached',
          'short',
          [query('{{service}} {{what}}', gauge('assay.up').min('service', 'what'))],
          '1 while a service reaches Kafka, Redis, and all registries.',
        ),
        lines(
          'Clocks',
          's',
          [query('{{service}}', gauge('assay.clock.ahead').max('service'))],
          'How far a process is ahead of its store. Good: within a second.',
        ),
      ],
    },
    {
      title: 'Requests and processes',
      panels: [
        stack(
          'Requests',
          'ops',
          [
            query(
              '{{service}} {{http_response_status_code}}',
              countOf('http.server.request.duration').rate('5m').sum('service', 'http_response_status_code'),
            ),
          ],
          'Requests a second, by status.',
        ),
        lines(
          'Slowest routes',
          's',
          [
            query(
              'p95 {{http_request_method}} {{http_route}}',
              quantile(0.95, 'http.server.request.duration', '5m', {}, ['http_request_method', 'http_route']),
            ),
          ],
          'The 95th percentile of each route.',
        ),
        lines(
          'Event loop',
          's',
          [query('p99 {{service}}', gauge('nodejs.eventloop.delay.p99').max('service'))],
          'Delay of the event loop. Above 0.1 s a process has too much to do.',
        ),
        lines(
          'Event loop, busy',
          'percentunit',
          [query('{{service}}', gauge('nodejs.eventloop.utilization').max('service'))],
          'Share of the time in which the event loop was busy.',
        ),
        lines(
          'Heap',
          'bytes',
          [
            query('used {{service}}', gauge('v8js.memory.heap.used').sum('service')),
            query('limit {{service}}', gauge('v8js.memory.heap.limit').sum('service')),
          ],
          'Memory of JavaScript. Close to its limit a process ends.',
        ),
        lines(
          'Read model',
          's',
          [query('behind', gauge('assay.view.behind').max()), query('broken', gauge('assay.view.broken').max())],
          'How far the read model is behind, and 1 while it is broken.',
        ),
      ],
    },
  ],
};
