import { Type, type ClassConstructor } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';

/**
 * A member of answers that no client can set. A client that sends back an object it read is not refused for it; the
 * value is ignored.
 */
export const Shown = (): PropertyDecorator => IsOptional();

/** A required member that is one object of a class, not a list of them. */
export const Member =
  (of: () => ClassConstructor<object>): PropertyDecorator =>
  (target, property) => {
    for (const check of [IsObject(), ValidateNested(), Type(of)]) check(target, property);
  };
