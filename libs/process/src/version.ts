/**
 * Version of Assay. In a file of its own, so that reading it loads nothing else. A test compares it with
 * `package.json`.
 */
export const version = '0.1.0';
