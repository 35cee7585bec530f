import { ServiceError } from './failure.ts';
import { services } from './program.ts';

// Programs that do not answer yet are ended on exit (see server.ts), so signals must lead to a regular exit.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

try {
  await services().parseAsync();
} catch (error) {
  process.stderr.write(
    `${error instanceof ServiceError ? `error: ${error.message}` : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
}
