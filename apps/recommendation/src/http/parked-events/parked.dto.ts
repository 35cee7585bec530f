import { IsString, Matches, MaxLength } from 'class-validator';

/** Body of an order about a parked event. */
export class OrderBody {
  /** For the audit trail. */
  @IsString() @Matches(/\S/) @MaxLength(1000) why: string;
}
