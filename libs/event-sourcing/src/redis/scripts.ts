import { jobFunctions } from './job-functions.ts';
import { parts } from './keys.ts';

/** Every script is given all keys of one partition, in this order. */
const named = `local ${parts.join(', ')} = unpack(KEYS)\n`;

/** Reads the arguments one by one; lists come with their length before them. */
const arguments_ = String.raw`
local at = 0
local function take() at = at + 1; return ARGV[at] end
local function each(visit) for _ = 1, tonumber(take()) do visit() end end
`;

/** Takes the partition: `floor`, `stamp`. What is returned is all that a new owner needs to know. */
const claim = String.raw`
local epoch = math.max(tonumber(take()), tonumber(redis.call('HGET', head, 'epoch') or 0) + 1)
redis.call('HSET', head, 'epoch', string.format('%.0f', epoch), 'stamp', take())
return { redis.call('HGETALL', head), redis.call('ZRANGE', outbox, 0, -1, 'WITHSCORES'), redis.call('HKEYS', parked), redis.call('SMEMBERS', working) }
`;

/** All checks come before the first write, since nothing is rolled back. Returns the first outbox position, or nothing when refused. */
const transact = String.raw`
local epoch, stamp, topic, offset = take(), take(), take(), take()
local held = redis.call('HMGET', head, 'epoch', 'stamp', 'offset:' .. topic)
if held[1] ~= epoch or held[2] ~= stamp or (topic ~= '' and (held[3] or '0') ~= offset) then return false end
redis.call('HINCRBY', head, 'stamp', 1)
each(function() redis.call('HSET', head, take(), take()) end)
each(function()
  local key, state, wakeAt = take(), take(), take()
  if redis.call('HSET', states, key, wakeAt .. ' ' .. state) == 1 then redis.call('ZADD', keys, 0, key) end
  if wakeAt == '' then redis.call('ZREM', wakes, key) else redis.call('ZADD', wakes, wakeAt, key) end
end)
local trim = take()
if trim ~= '' then redis.call('ZREMRANGEBYSCORE', outbox, '-inf', trim) end
local first = tonumber(redis.call('HGET', head, 'position') or 0) + 1
local position = first - 1
each(function()
  position = position + 1
  local text = string.format('%.0f', position)
  redis.call('ZADD', outbox, text, text .. ' ' .. take())
end)
redis.call('HSET', head, 'position', string.format('%.0f', position))
each(function() redis.call('HDEL', parked, take()) end)
each(function() redis.call('HSET', parked, take(), take()) end)
local put = {}
each(function() put[#put + 1] = putJob(take(), take(), take(), take(), take()) end)
each(function() removeJob(take(), take()) end)
tell('queued', put)
return string.format('%.0f', first)
`;

/** What the log has may go, but only for who owns the partition: the positions of an emptied one begin anew. */
const trim = String.raw`
if redis.call('HGET', head, 'epoch') == take() then redis.call('ZREMRANGEBYSCORE', outbox, '-inf', take()) end
`;

const clear = String.raw`
local epoch, stamp = take(), take()
local held = redis.call('HMGET', head, 'epoch', 'stamp', 'position')
if held[1] ~= epoch or held[2] ~= stamp then return 0 end
redis.call('UNLINK', unpack(KEYS))
redis.call('HSET', head, 'epoch', epoch, 'stamp', stamp, 'position', held[3] or '0')
return 1
`;

/** A page of states in the order of their keys: at most so many, and no more once there are so many bytes. */
const scan = String.raw`
local from, most, bytes = take(), tonumber(take()), tonumber(take())
local page = {}
for _, key in ipairs(redis.call('ZRANGEBYLEX', keys, from, '+', 'LIMIT', 0, most)) do
  local state = redis.call('HGET', states, key)
  page[#page + 1] = key
  page[#page + 1] = state
  bytes = bytes - #state
  if bytes < 0 then break end
end
return page
`;

/** Puts expired leases and waiting jobs where they belong, and says how many there are and which is next in each lane. */
const survey = String.raw`
local now, maxAttempts = take(), tonumber(take())
for _, place in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', '(' .. now, 'LIMIT', 0, 100)) do expire(place, maxAttempts) end
for _, place in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', delayed, place)
  redis.call('ZADD', queued, 0, place)
end
local counted, next = redis.call('HGETALL', counts), {}
for index = 1, #counted, 2 do
  local lane = string.match(counted[index], '^(.*)/queued$')
  if lane then next[#next + 1] = firstOf(lane) end
end
return { counted, next }
`;

const lease = String.raw`
local lane, leaseUntil, name = take(), take(), take()
local place = firstOf(lane)
if not place then return false end
local key, id = partsOf(place)
return { key, changeJob(key, id, leaseUntil, function(job) job.state, job.lease, job.attempt = 'leased', name, job.attempt + 1 end) }
`;

const renew = String.raw`
local key, id, name, leaseUntil = take(), take(), take(), take()
local job = leasedJob(key, id, name)
if not job then return 0 end
redis.call('ZADD', leases, leaseUntil, placeOf(key, job))
return 1
`;

/** With a result the job is finished; without one it waits until `retryAt`, and loses the attempt where that did not count. */
const finish = String.raw`
local key, id, name, result, retryAt, uncounted = take(), take(), take(), take(), take(), tonumber(take())
if not leasedJob(key, id, name) then return 0 end
changeJob(key, id, retryAt, function(job)
  job.lease = nil
  if result ~= '' then job.state, job.result = 'finished', result else job.state, job.attempt = 'queued', job.attempt - uncounted end
end)
return 1
`;

/** The places of all jobs that are not finished, but for those behind the first of a lane's queue. */
const oldest = String.raw`
local counted, places = redis.call('HGETALL', counts), {}
for index = 1, #counted, 2 do
  local lane = string.match(counted[index], '^(.*)/queued$')
  if lane then places[#places + 1] = firstOf(lane) end
end
for _, part in ipairs({ delayed, leases }) do
  for _, place in ipairs(redis.call('ZRANGE', part, 0, -1)) do places[#places + 1] = place end
end
return places
`;

const due = String.raw`
local now, most = take(), take()
return { redis.call('ZRANGEBYSCORE', wakes, '-inf', now, 'LIMIT', 0, most), redis.call('ZRANGEBYSCORE', wakes, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1) }
`;

const withJobs = (lua: string): string => named + arguments_ + jobFunctions + lua;
const plain = (lua: string): string => named + arguments_ + lua;

export const scripts = {
  claim: plain(claim), transact: withJobs(transact), trim: plain(trim), clear: plain(clear), scan: plain(scan), due: plain(due),
  survey: withJobs(survey), oldest: withJobs(oldest), lease: withJobs(lease), renew: withJobs(renew), finish: withJobs(finish),
} as const;

export type ScriptName = keyof typeof scripts;
