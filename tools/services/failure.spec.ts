import { expect, it } from 'vitest';
import { causeIn } from './failure.ts';

it('finds the innermost cause in what a Java program leaves behind', () => {
  expect(
    causeIn(`[main] ERROR kafka.Kafka$ - Exiting Kafka due to fatal exception during startup.
java.lang.RuntimeException: Unable to start acceptor for PLAINTEXT
\tat kafka.Kafka.main(Kafka.scala)
Caused by: java.net.BindException: Address already in use.
\tat java.base/sun.nio.ch.Net.bind0(Native Method)
\t... 18 more
[kafka-shutdown-hook] WARN org.apache.kafka.clients.NetworkClient - Attempting to close NetworkClient that \
has already been closed.
`),
  ).toBe('Caused by: java.net.BindException: Address already in use');
});

it('gives the last output of others in one line, and notes if there is none', () => {
  expect(causeIn('*** FATAL CONFIG FILE ERROR ***\n>>> maxmemory\nargument must be one of the following\n')).toBe(
    '>>> maxmemory | argument must be one of the following',
  );
  expect(causeIn('\n')).toBe('it said nothing');
});
