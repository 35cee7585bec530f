/** The page of the address `/` for a caller with these operations: Today, unless its roles show nothing there. */
export const firstPage = (operations: readonly string[]): string => {
  if (operations.includes('findings/read')) return '/';
  if (operations.includes('charges/read')) return '/charges';
  return operations.includes('gate/read') ? '/gate' : '/';
};
