import { DatabaseSync } from 'node:sqlite';

/** Bytes of a database file as SQLite counts its pages, also while another connection writes it. */
export const bytesOf = (file: string): number => {
  const database = new DatabaseSync(file, { readOnly: true });
  const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
  const { page_size: size } = database.prepare('pragma page_size').get() as { page_size: number };
  const { freelist_count: free } = database.prepare('pragma freelist_count').get() as { freelist_count: number };
  database.close();
  return (pages - free) * size;
};
