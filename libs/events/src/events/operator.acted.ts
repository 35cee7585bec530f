import { Allow, IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { defineEvent } from '../definition.ts';

/**
 * The audit trail of what has no event of its own: an event parked, redriven or dropped, a partition that stands still
 * or goes on, a recall, an export.
 */
export class OperatorActed {
  @IsIn(['park', 'redrive', 'drop', 'halt', 'resume', 'recall', 'export', 'sweep']) command:
    | 'park'
    | 'redrive'
    | 'drop'
    | 'halt'
    | 'resume'
    | 'recall'
    | 'export'
    | 'sweep';
  /**
   * What was acted on; of a parked event, and of a partition that stands still, `service/topic/partition/offset`, of a
   * sweep `sweep/` and the registry's id.
   */
  @IsString() @IsNotEmpty() target: string;
  @IsString() by: string;
  @IsString() why: string;
  /**
   * `ordered` by an operator; of a parked event `parked`, `redriven` or `dropped`, and of a partition `halted` or
   * `resumed`, as its service says; of a sweep `held`, `swept`, `released`, `failed` or `reached`, as ingestion says.
   */
  @IsString() outcome: string;
  /** What else belongs to it: of a parked event its key, type and id. */
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
