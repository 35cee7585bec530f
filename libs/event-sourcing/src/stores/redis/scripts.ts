import { jobFunctions } from './job-functions.ts';
import { parts } from './keys.ts';

/** Reads the arguments one by one. The length of a list precedes it. */
const reading = String.raw`
local at = 0
local function take() at = at + 1; return ARGV[at] end
local function each(visit) for _ = 1, tonumber(take()) do visit() end end
local function text(number) return string.format('%.0f', number) end
`;

/** Every script of a partition receives all keys of the partition, in this order. */
const named = `local ${parts.join(', ')} = unpack(KEYS)\n`;

/**
 * Claims the partition. If it was last claimed in another generation, the owner there is fenced, and the outbox there
 * moves here. If this generation does not know the last event emitted there, it must be restored from the log once
 * more. Returns all that a new owner needs to know, or nothing if the caller did not know the present generation of the
 * partition.
 */
const claim = String.raw`
local claimed, headBefore, outboxBefore = KEYS[#KEYS - 2], KEYS[#KEYS - 1], KEYS[#KEYS]
local floor, stamp, generation, before, version = tonumber(take()), take(), take(), take(), take()
local known = redis.call('HMGET', claimed, 'generation', 'version')
if generation ~= '' and ((known[1] or '') ~= before or tonumber(known[2] or 0) > tonumber(version)) then
  return false
end

local epoch = math.max(floor, tonumber(redis.call('HGET', head, 'epoch') or 0) + 1)
if generation ~= '' and before ~= '' and before ~= generation then
  epoch = math.max(epoch, tonumber(redis.call('HGET', headBefore, 'epoch') or 0) + 1)
  redis.call('HSET', headBefore, 'epoch', text(epoch), 'stamp', stamp)
  local position = tonumber(redis.call('HGET', head, 'position') or 0)
  for _, row in ipairs(redis.call('ZRANGE', outboxBefore, 0, -1)) do
    position = position + 1
    redis.call('ZADD', outbox, text(position), text(position) .. string.sub(row, (string.find(row, ' ', 1, true))))
  end
  redis.call('DEL', outboxBefore)
  redis.call('HSET', head, 'position', text(position))
  if redis.call('HGET', head, 'lastEmitted') ~= redis.call('HGET', headBefore, 'lastEmitted') then
    redis.call('HSET', head, 'restored', 'false', 'evaluated', 'false')
  end
end
if generation ~= '' then redis.call('HSET', claimed, 'generation', generation, 'version', version) end
redis.call('HSET', head, 'epoch', text(epoch), 'stamp', stamp)
return {
  redis.call('HGETALL', head),
  redis.call('ZRANGE', outbox, 0, -1, 'WITHSCORES'),
  redis.call('HKEYS', parked),
  redis.call('SMEMBERS', working)
}
`;

/**
 * All checks come before the first write, since nothing is rolled back. The writes are complete commands, each with its
 * part and arguments, so that the script need not build them. The jobs follow. Returns 1 if all was done.
 */
const transact = String.raw`
local epoch, stamp, topic, offset = take(), take(), take(), take()
local held = redis.call('HMGET', head, 'epoch', 'stamp', 'offset:' .. topic)
if held[1] ~= epoch or held[2] ~= stamp or (topic ~= '' and (held[3] or '0') ~= offset) then return 0 end
each(function()
  local command, part, words = take(), tonumber(take()), tonumber(take())
  redis.call(command, KEYS[part], unpack(ARGV, at + 1, at + words))
  at = at + words
end)
local put = {}
each(function() put[#put + 1] = putJob(take(), take(), take(), take(), take()) end)
each(function() removeJob(take(), take()) end)
redis.call('HINCRBY', head, 'stamp', 1)
tell('queued', put)
return 1
`;

/**
 * Deletes rows that the log has, but only for the owner of the partition: positions restart in an emptied partition.
 */
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

/**
 * Given an epoch and a stamp, reads only if the partition is as that owner left it. So no write rests on an older copy.
 */
const asLeft = String.raw`
local owner, left = take(), take()
if owner ~= '' then
  local held = redis.call('HMGET', head, 'epoch', 'stamp')
  if held[1] ~= owner or held[2] ~= left then return false end
end
`;

const read = String.raw`return redis.call('HMGET', states, unpack(ARGV, at + 1))`;

const parkedEvents = String.raw`return redis.call('HVALS', parked)`;

/**
 * A page of states in the order of their keys, limited by their number and their bytes. A compressed state counts with
 * the length that precedes it.
 */
const scan = String.raw`
local from, most, bytes = take(), tonumber(take()), tonumber(take())
local page = {}
for _, key in ipairs(redis.call('ZRANGEBYLEX', keys, from, '+', 'LIMIT', 0, most)) do
  local state = redis.call('HGET', states, key)
  page[#page + 1] = key
  page[#page + 1] = state
  bytes = bytes - tonumber(string.match(state, '^[^ ]* z(%d+) ') or #state)
  if bytes < 0 then break end
end
return page
`;

/** A page of keys in their order, each with its summary. */
const summariesOf = String.raw`
local from, most = take(), tonumber(take())
local page = {}
for _, key in ipairs(redis.call('ZRANGEBYLEX', keys, from, '+', 'LIMIT', 0, most)) do
  page[#page + 1] = key
  page[#page + 1] = redis.call('HGET', summaries, key)
end
return page
`;

const due = String.raw`
local now, most = take(), take()
return {
  redis.call('ZRANGEBYSCORE', wakes, '-inf', now, 'LIMIT', 0, most),
  redis.call('ZRANGEBYSCORE', wakes, '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
}
`;

/**
 * Returns expired leases and delayed jobs that are due to the queue. Returns the count of jobs by state, and the next
 * job of each lane.
 */
const survey = String.raw`
local now, maxAttempts = inMs(0), tonumber(take())
for _, place in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', '(' .. now, 'LIMIT', 0, 100)) do
  expire(place, maxAttempts)
end
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

/** The places of all unfinished jobs, except those behind the first in the queue of a lane. */
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

/** The jobs of some keys, and the results of those that are finished. */
const jobsOf = String.raw`
local lists, concluded = {}, {}
each(function()
  local key = take()
  local text = redis.call('HGET', jobs, key)
  if not text then return end
  lists[#lists + 1], lists[#lists + 2] = key, text
  for _, job in ipairs(cjson.decode(text)) do
    if job.state == 'finished' then
      local name = nameOf(key, job.id)
      concluded[#concluded + 1], concluded[#concluded + 2] = name, redis.call('HGET', results, name)
    end
  end
end)
return { lists, concluded }
`;

/** The jobs of a lane, without their results. The counts show when all were found. */
const jobsIn = String.raw`
local lane, wanted, found = take(), 0, {}
for _, state in ipairs({ 'queued', 'leased', 'finished' }) do
  wanted = wanted + tonumber(redis.call('HGET', counts, lane .. '/' .. state) or 0)
end
wanted = 2 * math.min(wanted, tonumber(take()))
local function add(key, id)
  local job = #found < wanted and find(listOf(key), id)
  if job and job.lane == lane then found[#found + 1], found[#found + 2] = key, cjson.encode(job) end
end
local from, to = '[' .. lane .. '\0', '(' .. lane .. '\1'
for _, place in ipairs(redis.call('ZRANGEBYLEX', queued, from, to, 'LIMIT', 0, wanted / 2)) do add(partsOf(place)) end
if #found < wanted then
  for _, name in ipairs(redis.call('SMEMBERS', working)) do
    local _, _, key, id = string.find(name, '^(%Z*)%z(.*)$')
    add(key, id)
  end
end
if #found < wanted then
  for _, place in ipairs(redis.call('ZRANGE', delayed, 0, -1)) do
    if string.sub(place, 1, #lane + 1) == lane .. '\0' then add(partsOf(place)) end
  end
end
return found
`;

/** Leases from the first of several lanes in which a job waits. */
const lease = String.raw`
local leaseUntil, name = inMs(take()), take()
local place
while not place and at < #ARGV do place = firstOf(take()) end
if not place then return false end
local key, id = partsOf(place)
local job = changeJob(key, id, leaseUntil, function(job)
  job.state, job.lease, job.attempt = 'leased', name, job.attempt + 1
end)
return { key, cjson.encode(job) }
`;

const renew = String.raw`
local key, id, name, leaseMs = take(), take(), take(), take()
local job = leasedJob(key, id, name)
if not job then return 0 end
redis.call('ZADD', leases, inMs(leaseMs), placeOf(key, job))
return 1
`;

/**
 * With a result, the job is finished. Without one it waits for a time, and an attempt that does not count is taken
 * back.
 */
const finish = String.raw`
local key, id, name, result = take(), take(), take(), take()
local retryInMs, uncounted, trouble = take(), tonumber(take()), take()
if not leasedJob(key, id, name) then return 0 end
changeJob(key, id, retryInMs ~= '' and inMs(retryInMs), function(job)
  job.lease = nil
  if trouble ~= '' then job.trouble = trouble end
  if result ~= '' then conclude(key, job, result) else job.state, job.attempt = 'queued', job.attempt - uncounted end
end, trouble ~= '' and 'troubled')
return 1
`;

const switchTo = String.raw`
local to, first = take(), take()
local current = redis.call('HGET', KEYS[1], 'current') or first
if current ~= to then
  redis.call('HSET', KEYS[1], 'current', to, 'previous', current)
  redis.call('HINCRBY', KEYS[1], 'version', 1)
end
`;

/** Uses the one clock that all instances share. Programs without a recent announcement are removed. */
const announce = String.raw`
local version, forMs, time = take(), tonumber(take()), redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], text(now), version)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', text(now - forMs))
local newest = 0
for _, each in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do newest = math.max(newest, tonumber(each)) end
return newest
`;

const onPartition = (lua: string, more = 0) => ({ lua: reading + named + lua, keys: parts.length + more });
const onJobs = (lua: string) => onPartition(jobFunctions + lua);

export const scripts = {
  claim: onPartition(claim, 3),
  transact: onJobs(transact),
  trim: onPartition(trim),
  clear: onPartition(clear),
  read: onPartition(asLeft + read),
  scan: onPartition(asLeft + scan),
  summaries: onPartition(asLeft + summariesOf),
  parked: onPartition(asLeft + parkedEvents),
  due: onPartition(due),
  survey: onJobs(survey),
  jobsOf: onJobs(jobsOf),
  jobsIn: onJobs(jobsIn),
  oldest: onJobs(oldest),
  lease: onJobs(lease),
  renew: onJobs(renew),
  finish: onJobs(finish),
  switchTo: { lua: reading + switchTo, keys: 1 },
  announce: { lua: reading + announce, keys: 1 },
} as const;

export type ScriptName = keyof typeof scripts;
