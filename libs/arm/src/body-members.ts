import { Type, type ClassConstructor } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';

/**
 * A member that answers have and nobody can set: who sends back what he read is not refused for it, and it says
 * nothing.
 */
export const Shown = (): PropertyDecorator => IsOptional();

/** A member that is one object of a class: it must be there, and a list of such objects is none. */
export const Member =
  (of: () => ClassConstructor<object>): PropertyDecorator =>
  (target, property) => {
    for (const check of [IsObject(), ValidateNested(), Type(of)]) check(target, property);
  };
