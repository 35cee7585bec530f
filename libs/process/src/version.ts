/**
 * Of Assay, wherever it says what it is; by itself, so that whoever only wants to know loads nothing. A test holds it
 * against `package.json`.
 */
export const version = '0.1.0';
