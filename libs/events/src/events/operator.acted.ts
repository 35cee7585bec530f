import { Allow, IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';

/**
 * The audit trail of actions without an event of their own. These are: an event parked, redriven or dropped, a
 * partition halted or resumed, a recall, a held database released or refused. Exports of charges were recorded here,
 * and are `export.recorded` now.
 */
export class OperatorActed {
  /** The action. */
  @IsIn(['park', 'redrive', 'drop', 'halt', 'resume', 'recall', 'release', 'refuse', 'export', 'sweep']) command:
    | 'park'
    | 'redrive'
    | 'drop'
    | 'halt'
    | 'resume'
    | 'recall'
    | 'release'
    | 'refuse'
    | 'export'
    | 'sweep';
  /**
   * The object of the action. For a parked event or a halted partition: `service/topic/partition/offset`. For a sweep:
   * `sweep/` and the registry's id; for closings for want of a tag: `sweep/untagged-` and the partition. For an export
   * of charges: `charges/` and the month, or `charges/all`.
   */
  @IsString() @IsNotEmpty() target: string;
  /** The person or service that did it, as it was authenticated. */
  @IsString() by: string;
  /** The reason given for it, in free text. */
  @IsString() why: string;
  /**
   * `ordered` if by an operator. Otherwise reported by a service: `parked`, `redriven` or `dropped` for a parked event,
   * `halted` or `resumed` for a partition. Ingestion reports `held`, `swept`, `released`, `failed`, `cut` or `reached`
   * for a sweep, and `withdrawn` for the recall of a database that an operator ordered again; recommendation reports
   * `held`, `swept` or `released` for closings. `exported` by billing, in the name of the caller.
   */
  @IsString() outcome: string;
  /** Further details: for a parked event its key, type and id; for an export its format, profile, charges and total. */
  @Allow() @IsOptional() details?: unknown;
}

export const operatorActed = defineEvent({
  topic: 'operator.acted',
  data: OperatorActed,
  summary: 'An operator, or a service in his place, acted.',
  examples: {
    1: {
      command: 'park',
      target: 'classifier/scan.completed/3/17',
      by: 'classifier',
      why: 'invalid-event: data/verdict must be integer',
      outcome: 'parked',
    },
  },
});
