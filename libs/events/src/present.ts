/**
 * The item at an index that the caller knows to be there.
 *
 * @throws RangeError if the list has no such item: a fault of the program.
 */
export const at = <Item>(list: ArrayLike<Item>, index: number): Item => {
  if (index < 0 || index >= list.length) throw new RangeError(`no item ${index} in a list of ${list.length}`);
  return list[index] as Item;
};

/**
 * A value that the caller knows to be there. `name` names it in the error.
 *
 * @throws TypeError if the value is undefined or null: a fault of the program.
 */
export const present = <Value>(value: Value, name: string): NonNullable<Value> => {
  if (value === undefined || value === null) throw new TypeError(`there is no ${name}`);
  return value;
};
