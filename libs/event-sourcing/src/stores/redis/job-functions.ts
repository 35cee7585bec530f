/**
 * Functions shared by the scripts that move jobs. A job is in the list of its key in `jobs`. Its result, which may be
 * large, is in `results`. Its place (lane, time, id, key: sorted in this order) is in `queued`, `delayed` or `leases`.
 * Jobs that were begun or finished are named in `working`, and all are counted. The first two arguments are for
 * notifications: the channel and the partition.
 */
export const jobFunctions = String.raw`
local channel, partition = take(), take()

-- Of this server, for the clocks of the instances may differ: so many milliseconds from now, as every client reads it.
local function inMs(ms)
  local time = redis.call('TIME')
  return text(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + ms)
end

local function tell(state, keys)
  if #keys > 0 then redis.call('PUBLISH', channel, partition .. '\0' .. state .. '\0' .. table.concat(keys, '\0')) end
end

local function nameOf(key, id) return key .. '\0' .. id end

local function listOf(key)
  local text = redis.call('HGET', jobs, key)
  return text and cjson.decode(text) or {}
end

local function save(key, list)
  if #list == 0 then redis.call('HDEL', jobs, key) else redis.call('HSET', jobs, key, cjson.encode(list)) end
end

local function find(list, id)
  for index, job in ipairs(list) do if job.id == id then return job, index end end
end

local function placeOf(key, job)
  return table.concat({ job.lane, string.format('%016.0f', job.enqueuedAt), job.id, key }, '\0')
end

local function partsOf(place)
  local _, _, id, key = string.find(place, '^%Z*%z%Z*%z(%Z*)%z(.*)$')
  return key, id
end

local function firstOf(lane)
  return redis.call('ZRANGEBYLEX', queued, '[' .. lane .. '\0', '(' .. lane .. '\1', 'LIMIT', 0, 1)[1]
end

local function count(job, by)
  local name = job.lane .. '/' .. job.state
  if redis.call('HINCRBY', counts, name, by) == 0 then redis.call('HDEL', counts, name) end
end

local function leave(key, job)
  local place = placeOf(key, job)
  count(job, -1)
  redis.call('ZREM', queued, place)
  redis.call('ZREM', delayed, place)
  redis.call('ZREM', leases, place)
  redis.call('SREM', working, nameOf(key, job.id))
end

-- The time is when a queued job may begin, where it has to wait, or when a lease runs out.
local function enter(key, job, time)
  local place = placeOf(key, job)
  count(job, 1)
  if job.state ~= 'queued' then redis.call('SADD', working, nameOf(key, job.id)) end
  if job.state == 'leased' then redis.call('ZADD', leases, time, place)
  elseif job.state == 'queued' and time then redis.call('ZADD', delayed, time, place)
  elseif job.state == 'queued' then redis.call('ZADD', queued, 0, place) end
end

local function changeJob(key, id, time, change, news)
  local list = listOf(key)
  local job = find(list, id)
  leave(key, job)
  change(job)
  enter(key, job, time)
  save(key, list)
  tell(news or job.state, { key })
  return job
end

local function conclude(key, job, result)
  job.state = 'finished'
  redis.call('HSET', results, nameOf(key, job.id), result)
end

local function leasedJob(key, id, lease)
  local job = find(listOf(key), id)
  if job and job.state == 'leased' and job.lease == lease then return job end
end

-- A job that is there already changes only while it waits.
local function putJob(key, id, lane, payload, enqueuedAt)
  local list = listOf(key)
  local job = find(list, id)
  if not job then
    job = { id = id, lane = lane, payload = payload, state = 'queued', attempt = 0, enqueuedAt = tonumber(enqueuedAt) }
    list[#list + 1] = job
    enter(key, job)
  elseif job.state == 'queued' then
    -- What is to be done otherwise need not wait.
    local waits = job.payload == payload and redis.call('ZSCORE', delayed, placeOf(key, job))
    leave(key, job)
    job.lane, job.payload = lane, payload
    enter(key, job, waits)
  end
  save(key, list)
  return key
end

local function removeJob(key, id)
  local list = listOf(key)
  local job, index = find(list, id)
  if not job then return end
  leave(key, job)
  redis.call('HDEL', results, nameOf(key, id))
  table.remove(list, index)
  save(key, list)
end

-- A lease that ran out was an attempt: back into the queue, or finished for good.
local function expire(place, maxAttempts)
  local key, id = partsOf(place)
  changeJob(key, id, nil, function(job)
    job.lease = nil
    if job.attempt >= maxAttempts then conclude(key, job, '{"failed":"lease-expired"}') else job.state = 'queued' end
  end)
end
`;
