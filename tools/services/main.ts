import { ServiceError } from './failure.ts';
import { services } from './program.ts';

// What does not answer yet ends with us (see server.ts), which takes a proper end.
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
