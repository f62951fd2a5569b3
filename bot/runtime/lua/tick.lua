-- Queue what is due: timers, and jobs whose wait before the next try is over.
--
-- ARGV[1] how many at most
--
-- Returns {how many, ms until the next one or -1}.
local now = now_ms()
local ids = redis.call('ZRANGEBYSCORE', P .. ':due', '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZREM', P .. ':due', id)
  local job = redis.call('HMGET', job_key(id), 'l', 'q')
  if job[2] then
    if job[1] ~= '' and redis.call('LINDEX', lane_key(job[1]), 0) == id then
      -- It kept its place at the head while it waited.
      push(job[2], id)
    else
      dispatch(id, job[1], job[2])
    end
  end
end
local first = redis.call('ZRANGE', P .. ':due', 0, 0, 'WITHSCORES')
return {#ids, first[2] and math.max(0, math.ceil(first[2] - now)) or -1}
