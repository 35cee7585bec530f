/**
 * Statements of DuckDB take a thread of libuv's pool each, files and names too. The pool has four of its own accord:
 * two pages and the writer would leave the gate waiting for a thread, though it has connections of its own. libuv reads
 * this when the pool is used first, so it is set before anything else is loaded.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '10';
