import { ArmError, unavailable, type ErrorDetail, type ErrorEnvelope } from '@assay/arm';
import { KustoError, type ErrorPosition } from '@assay/kusto';
import { NoCopy } from '@assay/read-model/store/copies';

const invalidMessage =
  'Query is invalid. Please refer to the documentation of the query language and fix the error before retrying.';

/** A refused query in Resource Graph's envelope: always 400, since clients retry a 5xx. */
export const refused = (details: readonly ErrorDetail[], message = invalidMessage): ArmError =>
  new ArmError(400, 'BadRequest', message, { details });

export const invalidOptions = (message: string): ArmError => refused([{ code: 'InvalidOptions', message }], message);

export const tooLarge = (): ArmError =>
  refused([
    { code: 'ResponsePayloadTooLarge', message: 'The answer is larger than 16 MiB: ask for fewer or narrower rows.' },
  ]);

export const timedOut = (): ArmError =>
  new ArmError(504, 'GatewayTimeout', 'The query ran past its time limit: narrow it down.');

export const invalidQuery = ({ code, message, position, expectedToken }: KustoError): ArmError =>
  refused(
    [
      { code: 'InvalidQuery', message: invalidMessage },
      { code, message, ...position, ...(expectedToken === undefined ? {} : { expectedToken }) },
    ],
    position ? `${message} (line ${position.line}, character ${position.characterPositionInLine})` : message,
  );

const codeOf = /^(?:Invalid Input Error: )?assay:(\w+)(?: (\{.*\}))?/s;

/** Maps an error of DuckDB during a query to the caller's error. */
export const failed = (error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  if (error.name === 'AbortError') return unavailable('The client has gone.');
  if (error instanceof NoCopy) return unavailable('Queries cannot be answered at the moment.', 5);
  const { message } = error;
  if (message.startsWith('INTERRUPT Error')) return timedOut();
  const [, code, position] = codeOf.exec(message) ?? [];
  if (code === 'ResponsePayloadTooLarge') return tooLarge();
  if (code === 'TypeMismatch')
    return invalidQuery(
      new KustoError(
        'TypeMismatch',
        'Rows cannot be sorted or grouped by a bag or an array.',
        position === undefined ? undefined : (JSON.parse(position) as ErrorPosition),
      ),
    );
  if (message.startsWith('Out of Memory Error'))
    return invalidQuery(new KustoError('QueryTooComplex', 'The query takes more memory than it may: narrow it down.'));
  if (/Max expression depth limit|Maximum recursion depth|stack overflow/i.test(message))
    return invalidQuery(new KustoError('QueryTooComplex', 'The query is nested too deeply.'));
  if (/^(Out of Range|Conversion|Invalid Input) Error/.test(message))
    return invalidQuery(new KustoError('InvalidArgument', 'A value of the data does not fit the query.'));
  return error;
};

/** The outcome of a query that failed, for metrics: the code of its answer, of a refused query the first detail's. */
export const outcomeOf = (error: unknown): string => {
  if (!(error instanceof ArmError)) return 'InternalServerError';
  const { error: shown } = error.getResponse() as ErrorEnvelope;
  return shown.details[0]?.code ?? error.code;
};
