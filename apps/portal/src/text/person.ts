/** `ana` of `ana (https://login.example.com)`: the issuer is the same in most rows of a list. */
export const personOf = (who: string): string => who.replace(/ \(https?:[^)]*\)$/, '');
