/** The tables of one service's embedded store. */
export const schema = `
  create table if not exists heads (partition integer primary key, epoch integer not null, head text not null);
  create table if not exists states (partition integer not null, key text not null, wake_at integer,
    length integer, state text not null, primary key (partition, key));
  create index if not exists states_by_wake on states (partition, wake_at) where wake_at is not null;
  create table if not exists summaries (partition integer not null, key text not null, summary text not null,
    primary key (partition, key)) without rowid;
  create table if not exists unsent (last integer primary key, first integer not null, partition integer not null,
    records text not null);
  create table if not exists parked (topic text not null, partition integer not null, "offset" integer not null,
    key text not null, body text not null, primary key (topic, partition, "offset"));
  create table if not exists jobs (partition integer not null, id text not null, key text not null, lane text not null,
    payload text not null, state text not null, attempt integer not null, enqueued_at integer not null,
    not_before integer not null, lease_until integer, lease text, result text, trouble text,
    primary key (partition, key, id));
  create index if not exists jobs_by_lane on jobs (state, lane, enqueued_at);
`;

/** Upgrades stores from before large states were compressed. Only a compressed state has a length. */
export const statesOfBefore = 'alter table states add column length integer';

/** Upgrades stores from before jobs had troubles. */
export const jobsOfBefore = 'alter table jobs add column trouble text';

/** Upgrades stores from before the outbox had one row per transaction. Keeps their unsent records. */
export const outboxOfBefore = `
  begin immediate;
  insert into unsent select position + last, position + last, partition,
    json_array(json_object('topic', topic, 'partition', target, 'key', key, 'headers', json(headers), 'value', value))
    from outbox, (select ifnull(max(last), 0) as last from unsent);
  drop table outbox;
  commit;
`;
